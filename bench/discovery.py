"""Looking through an account of 17 regions: Keystead beside a plain boto3 script that makes the same calls, one after
another as such scripts do. What the cloud's own processor time allows is measured along: moto is one Python process,
and whoever asks it cannot be faster than it answers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import boto3
import load
from botocore.config import Config
from filled_moto import REGIONS
from harness.keystead import Keystead
from harness.process import Child, free_port

HERE = Path(__file__).resolve().parent
KEY = ("AKIAMOTOADMINISTRATE", "secret-of-the-administrator")
DISCOVERY_SECONDS_MAX = 300
TICKS = os.sysconf("SC_CLK_TCK")


def measure(folder: Path, instances: int) -> dict[str, float]:
    """Time, calls and memory of one whole discovery, and the time of the script."""
    folder.mkdir()
    port = free_port()
    filled = [".venv/bin/python", str(HERE / "filled_moto.py"), str(port), str(instances)]
    moto = Child("moto", [*load.LOAD_CORE, *filled], folder / "moto.log")
    keystead = Keystead(folder / "keystead")
    try:
        url = f"http://127.0.0.1:{port}"
        moto.wait_until(lambda: is_answering(url), 300, "moto is filled")
        # The first call of a service makes moto load it.
        script(url)
        keystead.init()
        keystead.command("admin", "endpoint", "add", "lab", *keystead.location, "--endpoint-url", url)
        keystead.launch(prefix=load.SERVER_CORE).wait_until(keystead.is_ready, 30, "Keystead is ready")
        found = discover(keystead, moto)
        began, busy = time.monotonic(), cpu_seconds(moto.pid)
        counted = script(url)
        seconds, busy = time.monotonic() - began, cpu_seconds(moto.pid) - busy
    finally:
        keystead.close()
        moto.stop()
    return {
        **found,
        "discovery_script_s": seconds,
        "discovery_script_resources": counted,
        "discovery_script_cloud_busy": busy / seconds,
        "discovery_of_script": seconds / found["discovery_s"],
    }


def is_answering(url: str) -> bool:
    try:
        return bool(client(url, "sts", "us-east-1").get_caller_identity())
    except Exception:  # noqa: BLE001 - it is not there yet, in whatever way
        return False


def discover(keystead: Keystead, moto: Child) -> dict[str, float]:
    """One discovery of everything, after the one that connecting begins."""
    connect = ("cloud", "connect", "--endpoint", "lab", "--access-key-id", KEY[0])
    keystead.command(*connect, stdin=KEY[1])
    discover = ("cloud", "discover", "lab", "--wait", *(f"--region={region}" for region in REGIONS))
    keystead.command(*discover)
    assert keystead.server is not None
    before = load.rss_kib(keystead.server.pid)
    began, busy = time.monotonic(), cpu_seconds(moto.pid)
    done = keystead.command(*discover)
    seconds, busy = time.monotonic() - began, cpu_seconds(moto.pid) - busy
    assert done["state"] == "complete", done
    return {
        "discovery_s": seconds,
        "discovery_resources": done["found"],
        "discovery_calls": done["calls"],
        "discovery_added_mib": (peak_kib(keystead.server.pid) - before) / 1024,
        "discovery_cloud_busy": busy / seconds,
    }


def script(url: str) -> int:
    """What somebody would write with boto3; how many resources it saw."""
    seen = 0
    own = {"Owners": ["self"]}, {"OwnerIds": ["self"]}
    for region in REGIONS:
        ec2 = client(url, "ec2", region)
        for page in ec2.get_paginator("describe_instances").paginate():
            seen += sum(len(reservation["Instances"]) for reservation in page["Reservations"])
        seen += len(ec2.describe_images(**own[0])["Images"])
        seen += len(ec2.describe_key_pairs()["KeyPairs"])
        seen += count(ec2, "describe_security_groups", "SecurityGroups")
        seen += len(ec2.describe_addresses()["Addresses"])
        seen += count(ec2, "describe_volumes", "Volumes")
        seen += count(ec2, "describe_snapshots", "Snapshots", **own[1])
        seen += count(ec2, "describe_vpcs", "Vpcs")
        seen += count(ec2, "describe_subnets", "Subnets")
        seen += count(client(url, "elb", region), "describe_load_balancers", "LoadBalancerDescriptions")
        seen += count(client(url, "elbv2", region), "describe_load_balancers", "LoadBalancers")
        seen += count(client(url, "rds", region), "describe_db_instances", "DBInstances")
        seen += count(client(url, "sqs", region), "list_queues", "QueueUrls")
    seen += len(client(url, "s3", "us-east-1").list_buckets()["Buckets"])
    client(url, "cloudfront", "us-east-1").list_distributions()
    iam = client(url, "iam", "us-east-1")
    for page in iam.get_paginator("list_users").paginate():
        for user in page["Users"]:
            seen += 1
            for key in iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]:
                iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
                seen += 1
    return seen + count(iam, "list_server_certificates", "ServerCertificateMetadataList")


def count(of: object, call: str, name: str, **arguments: object) -> int:
    pages = of.get_paginator(call).paginate(**arguments)  # type: ignore[attr-defined]
    return sum(len(page.get(name, ())) for page in pages)


def client(url: str, service: str, region: str):  # noqa: ANN201
    return boto3.client(
        service,
        region,
        endpoint_url=url,
        aws_access_key_id=KEY[0],
        aws_secret_access_key=KEY[1],
        config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
    )


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_kib(pid: int) -> int:
    """The most memory a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:", 1)[1].split()[0])
