"""AWS's own clients, unmodified, behind one face: `client.call("CreateAccessKey", UserName="orders")`.

Each acts for one key. boto3 and the SDKs keep it for as long as they live, as an application does.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from botocore import xform_name
from botocore.exceptions import ClientError

from .keystead import AWS_CLI, REPOSITORY, Key, Keystead

PROGRAMS = REPOSITORY / "tests" / "clients"
AWS_CLI_2 = Path("/usr/bin/aws")
SECONDS_MAX = 60


class Refused(Exception):
    """Keystead refused a call, and the client understood why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Client(Protocol):
    """What all of them can do."""

    def call(self, operation: str, **parameters: str) -> Any:
        """The output of an operation, or `Refused`."""

    def close(self) -> None: ...


def service_of(operation: str) -> str:
    return "sts" if operation == "GetCallerIdentity" else "iam"


class AwsCli:
    """A command line: one process for each call."""

    def __init__(self, command: list[Path | str], keystead: Keystead, key: Key) -> None:
        self._command = [*command, "--output", "json"]
        self._environment = keystead.environment(key)

    def call(self, operation: str, **parameters: str) -> Any:
        options = [f"--{xform_name(name, '-')}={value}" for name, value in parameters.items()]
        done = subprocess.run(
            [*self._command, service_of(operation), xform_name(operation, "-"), *options],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        if refused := re.search(r"An error occurred \((\w+)\) when calling the \w+ operation: (.*)", done.stderr):
            raise Refused(*refused.groups())
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def close(self) -> None:
        pass


class Boto3:
    """AWS's SDK for Python."""

    def __init__(self, keystead: Keystead, key: Key) -> None:
        self._clients = {service: keystead.client(service, key) for service in ("iam", "sts")}

    def call(self, operation: str, **parameters: str) -> Any:
        method = getattr(self._clients[service_of(operation)], xform_name(operation))
        try:
            return method(**parameters)
        except ClientError as error:
            raise Refused(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


class Program:
    """An SDK in a program of its own: a call a line on its standard input, an outcome a line back."""

    def __init__(self, arguments: list[Path | str], keystead: Keystead, key: Key) -> None:
        self._process = subprocess.Popen(
            arguments, env=keystead.environment(key), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def call(self, operation: str, **parameters: str) -> Any:
        assert self._process.stdin and self._process.stdout
        print(json.dumps({"operation": operation, "input": parameters}), file=self._process.stdin, flush=True)
        outcome = json.loads(self._process.stdout.readline())
        if error := outcome.get("error"):
            raise Refused(error["Code"], error["Message"])
        return outcome["output"]

    def close(self) -> None:
        """Ends when its input does."""
        self._process.communicate(timeout=SECONDS_MAX)


def aws_cli_1(keystead: Keystead, key: Key) -> AwsCli:
    return AwsCli([AWS_CLI], keystead, key)


def aws_cli_2(keystead: Keystead, key: Key) -> AwsCli:
    # Debian's is older than AWS_ENDPOINT_URL.
    return AwsCli([AWS_CLI_2, "--endpoint-url", keystead.url], keystead, key)


def javascript(keystead: Keystead, key: Key) -> Program:
    return Program(["node", PROGRAMS / "javascript" / "client.js"], keystead, key)


def rust(keystead: Keystead, key: Key) -> Program:
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return Program([target / "clients" / "debug" / "keystead-rust-client"], keystead, key)


CLIENTS: dict[str, Callable[[Keystead, Key], Client]] = {
    "aws-cli-1": aws_cli_1,
    "aws-cli-2": aws_cli_2,
    "boto3": Boto3,
    "javascript": javascript,
    "rust": rust,
}
