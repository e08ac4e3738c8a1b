"""Discovery: what there is in a connected account, against a real cloud of 17 regions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from harness.certificates import certificate_with_key
from harness.cloud_proxy import Asked, CloudProxy, NoAnswer
from harness.keystead import CommandFailed, Key, Keystead
from harness.moto import CloudUser, Moto

HOME = "eu-central-1"
IMAGE = "ami-03cf127a"
KINDS = set(
    """instances images key_pairs security_groups addresses volumes snapshots vpcs subnets classic_load_balancers
    load_balancers db_instances queues buckets distributions users access_keys server_certificates""".split()
)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    """A cloud with something of every kind in it."""
    moto = Moto(tmp_path_factory.mktemp("cloud"))
    populate(moto)
    yield moto
    moto.close()


@pytest.fixture(scope="module")
def user(cloud: Moto) -> CloudUser:
    return cloud.user("keystead")


@pytest.fixture
def installation(cloud: Moto, user: CloudUser, tmp_path: Path) -> Iterator[Keystead]:
    """An installation with the cloud connected, which looks it through at once."""
    keystead = connected(tmp_path, cloud.url, user)
    yield keystead
    keystead.close()


def connected(folder: Path, url: str, user: CloudUser) -> Keystead:
    keystead = Keystead(folder / "keystead")
    keystead.init()
    keystead.command("admin", "endpoint", "add", "lab", *keystead.location, "--endpoint-url", url)
    keystead.start()
    keystead.command(
        *("cloud", "connect", "--endpoint", "lab", "--access-key-id", user.key.id), stdin=user.key.secret
    )
    return keystead


def populate(moto: Moto) -> None:
    """Something of each kind in Frankfurt, and an instance in each region."""
    home = HOME
    ec2 = moto.client("ec2", region=home)
    ec2.create_key_pair(KeyName="deploy")
    volume = ec2.create_volume(AvailabilityZone=f"{home}a", Size=8)["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, Description="nightly")
    ec2.allocate_address(Domain="vpc")
    group = ec2.create_security_group(GroupName="web", Description="web servers")["GroupId"]
    web = {"ImageId": IMAGE, "MinCount": 1, "MaxCount": 1, "SecurityGroupIds": [group]}
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "Web <b>1</b>"}]}]
    instance = ec2.run_instances(**web, TagSpecifications=tags)["Instances"][0]["InstanceId"]
    ec2.create_image(InstanceId=instance, Name="golden")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    moto.client("elb", region=home).create_load_balancer(
        LoadBalancerName="old-front", Listeners=[listener], AvailabilityZones=[f"{home}a"]
    )
    moto.client("elbv2", region=home).create_load_balancer(Name="front", Subnets=subnets)
    moto.client("rds", region=home).create_db_instance(
        DBInstanceIdentifier="orders", DBInstanceClass="db.t3.micro", Engine="postgres"
    )
    moto.client("sqs", region=home).create_queue(QueueName="jobs")
    moto.client("s3").create_bucket(Bucket="keystead-logs")
    distribute(moto)
    certificate, private_key = certificate_with_key("shop")
    moto.client("iam").upload_server_certificate(
        ServerCertificateName="shop", CertificateBody=certificate, PrivateKey=private_key
    )

    def run(region: str) -> None:
        ec2 = moto.client("ec2", region=region)
        ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, regions(moto)))


def regions(moto: Moto) -> list[str]:
    """The regions that need no opting in."""
    found = moto.client("ec2").describe_regions(AllRegions=True)["Regions"]
    names = [region["RegionName"] for region in found if region["OptInStatus"] == "opt-in-not-required"]
    # moto tells of those of other partitions, too.
    return [name for name in names if not name.startswith(("us-gov-", "cn-"))]


def distribute(moto: Moto) -> None:
    origin = {"Id": "logs", "DomainName": "keystead-logs.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    moto.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "logs", "ViewerProtocolPolicy": "allow-all"},
            "Comment": "logs",
            "Enabled": True,
        }
    )


def discover(keystead: Keystead, *arguments: str) -> Any:
    return keystead.command("cloud", "discover", "lab", "--wait", *arguments)


def resources(keystead: Keystead, *arguments: str, key: Key | None = None) -> list[dict[str, Any]]:
    return keystead.command("cloud", "resources", "lab", *arguments, key=key)["resources"]


def newest(keystead: Keystead) -> Any:
    return wait_until(lambda: keystead.command("cloud", "discoveries", "lab")["discoveries"])[0]


def wait_until(what: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, found
        time.sleep(0.2)
    return found


def finished(keystead: Keystead) -> Any:
    return wait_until(lambda: found if (found := newest(keystead))["finished_at"] else None)


def test_everything_is_found_in_every_region_as_soon_as_the_account_is_connected(
    installation: Keystead, cloud: Moto
) -> None:
    first = finished(installation)
    assert first["state"] == "complete", first["notes"]
    assert first["tasks_done"] == first["tasks_total"] == 13 * len(regions(cloud)) + 5
    found = resources(installation)
    # What was found at first has not been changed.
    assert (first["found"], first["added"], first["changed"], first["removed"]) == (len(found), 0, 0, 0)
    assert {one["kind"] for one in found} == KINDS
    assert {one["region"] for one in found if one["kind"] == "instances"} == set(regions(cloud))
    of = {(one["kind"], one["name"]): one for one in found if one["region"] in (HOME, "global")}
    web = of["instances", "Web <b>1</b>"]
    assert web["state"] == "running" and web["resource_id"].startswith("i-")
    assert web["attributes"]["security_group_ids"] == of["security_groups", "web"]["resource_id"]
    assert web["attributes"]["tag:Name"] == "Web <b>1</b>"
    assert of["db_instances", "orders"]["attributes"]["engine"] == "postgres"
    assert of["queues", "jobs"]["resource_id"].endswith("/jobs")
    assert of["distributions", of_kind(found, "distributions")[0]["name"]]["attributes"]["comment"] == "logs"
    assert of["users", "keystead"]["attributes"]["arn"] == "arn:aws:iam::123456789012:user/keystead"
    (key,) = of_kind(found, "access_keys")
    assert (key["name"], key["state"]) == ("keystead", "Active")
    assert key["attributes"]["created_at"] < key["attributes"]["last_used_at"] < key["last_seen_at"]


def of_kind(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in found if one["kind"] == kind]


def test_what_was_made_changed_and_deleted_since_is_told(installation: Keystead, cloud: Moto) -> None:
    finished(installation)
    ec2 = cloud.client("ec2", region=HOME)
    (web,) = resources(installation, "--search", "WEB <B>")
    ec2.stop_instances(InstanceIds=[web["resource_id"]])
    ec2.create_key_pair(KeyName="fresh")
    cloud.client("sqs", region=HOME).delete_queue(QueueUrl=resources(installation, "--kind", "queues")[0]["resource_id"])
    done = discover(installation, "--region", HOME)
    assert (done["state"], done["tasks_done"], len(done["lists"])) == ("complete", 13, 13)
    assert (done["added"], done["changed"], done["removed"]) == (1, 1, 1)
    changes = installation.command("cloud", "changes", "lab", "--discovery", done["discovery_id"])["changes"]
    told = {one["change"]: one for one in changes}
    assert told["changed"]["name"] == "Web <b>1</b>"
    assert told["changed"]["members"]["state"] == ["running", "stopped"]
    assert (told["added"]["kind"], told["added"]["name"]) == ("key_pairs", "fresh")
    assert (told["removed"]["kind"], told["removed"]["name"]) == ("queues", "jobs")
    assert resources(installation, "--kind", "queues") == []
    # What nobody has touched is no change, and nothing that is only used is.
    again = discover(installation)
    assert (again["state"], again["added"], again["changed"], again["removed"]) == ("complete", 0, 0, 0)
    cloud.client("sqs", region=HOME).create_queue(QueueName="jobs")
    ec2.start_instances(InstanceIds=[web["resource_id"]])
    ec2.delete_key_pair(KeyName="fresh")


def test_one_resource_is_asked_about_again(installation: Keystead, cloud: Moto) -> None:
    finished(installation)
    ec2 = cloud.client("ec2", region=HOME)
    ec2.create_key_pair(KeyName="passing")
    discover(installation, "--region", HOME, "--kind", "key_pairs")
    (key,) = resources(installation, "--search", "passing")
    requery = ("cloud", "requery-resource", "lab", "key_pairs", key["resource_id"])
    assert installation.command(*requery)["resource"]["name"] == "passing"
    ec2.delete_key_pair(KeyName="passing")
    assert installation.command(*requery) == {"exists": False, "resource": None}
    assert resources(installation, "--search", "passing") == []
    with pytest.raises(CommandFailed, match="is not known of lab in exactly one region"):
        installation.command(*requery)
    (web,) = resources(installation, "--search", "web <b>")
    ec2.stop_instances(InstanceIds=[web["resource_id"]])
    asked = installation.command("cloud", "requery-resource", "lab", "instances", web["resource_id"])
    assert asked["resource"]["state"] == "stopped"
    assert asked["resource"]["first_seen_at"] == web["first_seen_at"] < asked["resource"]["changed_at"]
    ec2.start_instances(InstanceIds=[web["resource_id"]])
    # The same for a kind in a region.
    (web,) = resources(installation, "--kind", "instances", "--region", HOME, "--search", "web <b>", "--requery")
    assert web["state"] == "running"


def test_who_may_not_or_is_of_another_account_learns_nothing(installation: Keystead) -> None:
    done = finished(installation)
    nobody = installation.create_user("nobody")
    installation.stop()
    made = installation.account("create", "--root-email", "other@example.com", "--name", "other", "--root-key")
    installation.start()
    calls = [
        ("DiscoverCloudResources", "cloud", "discover", "lab"),
        ("ListDiscoveries", "cloud", "discoveries", "lab"),
        ("GetDiscovery", "cloud", "changes", "lab", "--discovery", done["discovery_id"]),
        ("ListCloudResources", "cloud", "resources", "lab"),
        ("RequeryCloudResource", "cloud", "requery-resource", "lab", "vpcs", "vpc-1", "--region", HOME),
    ]
    for operation, *arguments in calls:
        with pytest.raises(CommandFailed, match="is not authorized to perform: keystead:") as denied:
            installation.command(*arguments, key=nobody)
        assert denied.value.code == 4, operation
        with pytest.raises(CommandFailed, match="There is no connected cloud account lab") as foreign:
            installation.command(*arguments, key=Key.of_root(made))
        assert foreign.value.code == 3, operation
    with pytest.raises(CommandFailed, match="There is no discovery"):
        installation.command("cloud", "changes", "lab", "--discovery", "11111111-1111-4111-8111-111111111111")
    with pytest.raises(CommandFailed, match="There is no kind `unicorns`. Kinds are: instances, images,"):
        discover(installation, "--kind", "unicorns")
    for operation in ("DiscoverCloudResources", "RequeryCloudResource"):
        events = installation.command("audit", "list", "--event-name", operation)
        assert events, operation


def test_a_region_that_is_dead_does_not_keep_the_others_back(cloud: Moto, user: CloudUser, tmp_path: Path) -> None:
    def meddle(asked: Asked) -> None:
        if asked.region == "us-west-1":
            raise NoAnswer

    proxy = CloudProxy(cloud.url, meddle)
    keystead = connected(tmp_path, proxy.url, user)
    try:
        done = finished(keystead)
        assert (done["state"], done["tasks_failed"]) == ("incomplete", 13)
        assert done["tasks_done"] == done["tasks_total"] - 13
        (note,) = done["notes"]
        assert note.startswith("us-west-1: addresses, ") or note.startswith("us-west-1: instances, ")
        assert "the cloud did not answer" in note
        # The first of its lists was tried three times, the others not at all.
        dead = [asked for asked in proxy.calls if asked.region == "us-west-1"]
        lists = [asked for asked in dead if asked.parameters.get("MaxResults") in ("100", "500")]
        assert [asked.action for asked in lists] == ["DescribeInstances"] * 3
        assert {one["region"] for one in resources(keystead, "--kind", "instances")} == {
            region for region in regions(cloud) if region != "us-west-1"
        }
        with pytest.raises(CommandFailed, match="The discovery is failed: us-west-1") as failure:
            discover(keystead, "--region", "us-west-1")
        assert failure.value.code == 7
    finally:
        keystead.close()
        proxy.close()


def test_progress_is_seen_and_what_a_restart_broke_off_is_begun_again(
    cloud: Moto, user: CloudUser, tmp_path: Path
) -> None:
    gate = threading.Event()

    def meddle(asked: Asked) -> None:
        # Everything but the first list of each region waits.
        if asked.action not in ("DescribeInstances", "DescribeRegions", "GetCallerIdentity", "ListUsers"):
            gate.wait(30)

    proxy = CloudProxy(cloud.url, meddle)
    keystead = connected(tmp_path, proxy.url, user)
    try:
        seen = wait_until(lambda: found if (found := newest(keystead))["tasks_done"] > 5 else None)
        assert seen["state"] == "running" and seen["tasks_done"] < seen["tasks_total"] and seen["found"] >= 5
        asked_again = keystead.command("cloud", "discover", "lab")
        assert asked_again["discovery_id"] == seen["discovery_id"]
        keystead.kill()
        gate.set()
        keystead.start()
        done = finished(keystead)
        broken = keystead.command("cloud", "discoveries", "lab")["discoveries"][1]
        assert (broken["discovery_id"], broken["state"]) == (seen["discovery_id"], "broken_off")
        assert done["discovery_id"] in broken["notes"][0]
        assert done["state"] == "complete" and done["requested_by"] is None
        # What the one before had found is no news.
        assert (done["added"], done["changed"], done["removed"]) == (0, 0, 0)
    finally:
        gate.set()
        keystead.close()
        proxy.close()
