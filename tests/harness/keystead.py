"""One Keystead installation in a folder of its own, and the clients that talk to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .certificates import Certificates
from .process import Child, free_port

REPOSITORY = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
AWS_CLI = Path(sys.executable).with_name("aws")

# One session for all clients of the tests: loading the service models is what costs.
_SESSION = boto3.Session(region_name=REGION)


def binary() -> Path:
    """The program under test: KEYSTEAD_BIN, else the debug build."""
    if named := os.environ.get("KEYSTEAD_BIN"):
        return Path(named).resolve()
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / "debug" / "keystead"


@dataclass(frozen=True)
class Key:
    """An access key pair."""

    id: str
    secret: str

    @classmethod
    def of_root(cls, made: dict[str, Any]) -> Key:
        """The root user's key in the answer to an account's creation."""
        pair = made["root_access_key"]
        return cls(pair["access_key_id"], pair["secret_access_key"])


class CommandFailed(Exception):
    """A `keystead` command that did not exit with 0."""

    def __init__(self, arguments: tuple[str, ...], code: int, stdout: str, stderr: str) -> None:
        super().__init__(f"keystead {' '.join(arguments)}: exit code {code}\n{stderr}")
        self.code = code
        self.stdout = stdout
        self.stderr = stderr


class Keystead:
    """A data folder, two loopback ports, and the server process when it runs.

    `database` is the URL of a PostgreSQL database to use instead of the one in the folder.
    """

    def __init__(self, folder: Path, database: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        self.location = ("--data", str(self.data), *(("--database", database) if database else ()))
        self.certificates: Certificates | None = None
        self.log = folder / "keystead.log"
        self.address = "127.0.0.1"
        self.port = free_port()
        self.admin_port = free_port()
        self.options: tuple[str, ...] = ()
        self.server: Child | None = None
        self.account_id = ""
        self.root = Key("", "")

    @property
    def url(self) -> str:
        return f"{'https' if self.certificates else 'http'}://127.0.0.1:{self.port}"

    def init(self) -> None:
        """Makes the data folder, the account and its root user's key."""
        made = self.command("init", *self.location, "--root-email", "root@example.com", "--root-key")
        self.account_id = made["account_id"]
        self.root = Key.of_root(made)

    def account(self, verb: str, *arguments: str) -> Any:
        """`keystead admin account …`, which needs the server to be stopped."""
        return self.command("admin", "account", verb, *self.location, *arguments)

    def start(self, *options: str) -> None:
        """Starts the server and returns when it is ready to serve."""
        self.launch(*options).wait_until(self.is_ready, 30, "Keystead is ready")

    def launch(self, *options: str, prefix: tuple[str, ...] = ()) -> Child:
        """Starts the server and does not wait. `prefix` may pin it to a core."""
        self.options = options or self.options
        self.server = Child("keystead", [*prefix, *self.server_arguments()], self.log)
        return self.server

    def server_arguments(self) -> list[str]:
        return [
            *(str(binary()), "server", *self.location),
            *("--listen", f"{self.address}:{self.port}", "--admin-listen", f"127.0.0.1:{self.admin_port}"),
            *(self.certificates.server_arguments() if self.certificates else ()),
            *self.options,
        ]

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/readyz", timeout=2) as reply:
                return reply.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> int:
        """A clean stop; the exit code."""
        assert self.server is not None
        return self.server.stop()

    def kill(self) -> None:
        """kill -9."""
        assert self.server is not None
        self.server.kill()

    def close(self) -> None:
        if self.server is not None:
            self.server.stop()

    def command(self, *arguments: str, key: Key | None = None, stdin: str = "") -> Any:
        """Runs a `keystead` command as the owner of `key` (the root user) and reads its JSON answer."""
        answer = self.text(*arguments, "-o", "json", key=key, stdin=stdin)
        return json.loads(answer) if answer.strip() else None

    def text(self, *arguments: str, key: Key | None = None, stdin: str = "") -> str:
        """The same with the answer as a person would see it."""
        done = subprocess.run(
            [str(binary()), *arguments],
            env=self.environment(key),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise CommandFailed(arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def environment(self, key: Key | None = None) -> dict[str, str]:
        """What the aws CLI, boto3 and `keystead` need to talk to this installation, and nothing else."""
        key = key or self.root
        trust = str(self.certificates.authority) if self.certificates else ""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": key.id,
            "AWS_SECRET_ACCESS_KEY": key.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "KEYSTEAD_URL": self.url,
            **({"AWS_CA_BUNDLE": trust, "KEYSTEAD_CACERT": trust} if trust else {}),
        }

    def aws(self, *arguments: str, key: Key | None = None) -> Any:
        """Runs the real aws CLI and reads its JSON answer."""
        done = subprocess.run(
            [str(AWS_CLI), *arguments, "--output", "json"],
            env=self.environment(key),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def client(self, service: str, key: Key | None = None, url: str | None = None, attempts: int = 4) -> Any:
        """A boto3 client; one attempt shows every refusal."""
        key = key or self.root
        return _SESSION.client(
            service,
            endpoint_url=url or self.url,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            config=Config(retries={"total_max_attempts": attempts}, connect_timeout=5, read_timeout=30),
        )

    def create_user(self, name: str, administrator: bool = False) -> Key:
        """A user with one access key."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if administrator:
            iam.attach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR_ACCESS)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return Key(made["AccessKeyId"], made["SecretAccessKey"])


ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
