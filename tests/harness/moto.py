"""A cloud: moto's server, which nobody here wrote, with authentication and policies in force."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .keystead import Key
from .process import Child, free_port

# The account of moto itself.
NUMBER = "123456789012"
POLICY = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"""


@dataclass(frozen=True)
class CloudUser:
    """An IAM user at the cloud, with one access key."""

    account_number: str
    name: str
    key: Key


class Moto:
    """moto's server on a port of loopback. Keys that are not of another account are of `NUMBER`.

    Until `enforce` every key is taken for the account's own, which is how the first users are made. `program`
    is what Python runs in place of the server as it comes.
    """

    def __init__(self, folder: Path, program: tuple[str, ...] = ("-m", "moto.server")) -> None:
        self.number = NUMBER
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1000000", "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
        command = [sys.executable, *program, "-H", "127.0.0.1", "-p", str(self.port)]
        self.process = Child("moto", command, folder / "moto.log", environment)
        self.process.wait_until(self.is_ready, 60, "moto is ready")

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/moto-api/", timeout=2) as reply:
                return reply.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def warm(self) -> None:
        """Has moto load what is probed: the first call of a service takes it seconds."""
        for service, call in {
            "ec2": "describe_regions",
            "rds": "describe_db_instances",
            "elbv2": "describe_load_balancers",
            "sqs": "list_queues",
            "s3": "list_buckets",
            "cloudfront": "list_distributions",
            "iam": "list_users",
        }.items():
            getattr(self.client(service), call)()

    def stop(self) -> None:
        """Nobody answers from now on."""
        self.process.stop()

    def enforce(self, on: bool = True) -> None:
        """From now on keys have to be right and to be allowed what they ask, or no longer."""
        count = b"0" if on else b"1000000"
        # Anything else would be taken for a form, and its body be gone.
        plain = {"Content-Type": "text/plain"}
        request = urllib.request.Request(f"{self.url}/moto-api/reset-auth", count, plain, method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def client(self, service: str, key: Key | None = None, region: str = "us-east-1") -> Any:
        """A boto3 client of the cloud itself; without a key, of its first account."""
        key = key or Key("AKIAMOTOADMINISTRATE", "secret-of-the-administrator")
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            config=Config(retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=30),
        )

    def other_account(self, number: str) -> Key:
        """A key of another account of the cloud, to make users there with."""
        role = f"arn:aws:iam::{number}:role/administrator"
        made = self.client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
        return Key(made["AccessKeyId"], made["SecretAccessKey"])

    def user(
        self, name: str, policy: str | None = POLICY, key: Key | None = None, number: str | None = None
    ) -> CloudUser:
        """A user of the first account (or that of `key`), allowed everything unless `policy` says less."""
        iam = self.client("iam", key)
        iam.create_user(UserName=name)
        if policy:
            iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=policy)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return CloudUser(number or self.number, name, Key(made["AccessKeyId"], made["SecretAccessKey"]))

    def close(self) -> None:
        self.process.stop()
