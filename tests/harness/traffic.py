"""Requests that AWS's clients make one after another, each in a process with an environment of its own, and what
became of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .clients import PROGRAMS
from .keystead import AWS_CLI, REPOSITORY
from .scene import Outcome

PAUSE_SECONDS = 0.05
BOTO3 = """
import json, sys, boto3
clients = {}
for line in sys.stdin:
    call = json.loads(line)["operation"]
    service, method = {
        "ListQueues": ("sqs", "list_queues"),
        "GetCallerIdentity": ("sts", "get_caller_identity"),
        "ListUsers": ("iam", "list_users"),
    }[call]
    try:
        client = clients.setdefault(service, clients.get(service) or boto3.client(service))
        answer = getattr(client, method)()
        answer.pop("ResponseMetadata")
        print(json.dumps({"output": answer}, default=str), flush=True)
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__)
        print(json.dumps({"error": {"Code": code, "Message": str(error)}}), flush=True)
"""


def rust_program() -> Path:
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / "clients" / "debug" / "keystead-rust-client"


PROGRAM_OF: dict[str, list[str | Path]] = {
    "boto3": [sys.executable, "-c", BOTO3],
    "javascript": ["node", PROGRAMS / "javascript" / "client.js"],
    "rust": [rust_program()],
}


class Sdk:
    """One of AWS's clients: `call("ListQueues")` gives its output or its error."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        self.name = name
        self._environment = environment
        self._program: subprocess.Popen[str] | None = None
        if name != "aws-cli":
            self._program = subprocess.Popen(
                PROGRAM_OF[name], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )

    def call(self, operation: str) -> dict[str, Any]:
        if self._program is None:
            return self._run(operation)
        assert self._program.stdin and self._program.stdout
        with suppress(BrokenPipeError):
            print(json.dumps({"operation": operation, "input": {}}), file=self._program.stdin, flush=True)
        line = self._program.stdout.readline()
        return json.loads(line) if line else {"error": {"Code": "Ended", "Message": "the program is no more"}}

    def _run(self, operation: str) -> dict[str, Any]:
        """The command line reads everything anew with each call."""
        arguments = {"ListQueues": ("sqs", "list-queues"), "GetCallerIdentity": ("sts", "get-caller-identity")}
        # The command line has an endpoint of its own for SQS, which the variable does not replace.
        url = self._environment.get("AWS_ENDPOINT_URL_SQS")
        where = ("--endpoint-url", url) if url and operation == "ListQueues" else ()
        done = subprocess.run(
            [str(AWS_CLI), *arguments[operation], *where, "--output", "json"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            return {"error": {"Code": "Failed", "Message": done.stderr.strip()}}
        return {"output": json.loads(done.stdout)}

    def __enter__(self) -> Sdk:
        return self

    def __exit__(self, *_: object) -> None:
        if self._program is not None:
            self._program.kill()
            with suppress(BrokenPipeError):
                self._program.communicate()


class Traffic:
    """An SDK that makes the same request again and again, in a thread of this process. An output that `is_right`
    does not know is a failure like any other."""

    def __init__(
        self,
        sdk: Sdk,
        operation: str = "ListQueues",
        is_right: Callable[[dict[str, Any]], bool] = lambda _: True,
    ) -> None:
        self._is_right = is_right
        self.sdk = sdk
        self.outcomes: list[Outcome] = []
        self._operation = operation
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._end.is_set():
            began = time.time()
            outcome = self.sdk.call(self._operation)
            error = outcome.get("error")
            if error is None and not self._is_right(outcome["output"]):
                error = {"Code": "Wrong", "Message": str(outcome["output"])}
            text = None if error is None else f"{self.sdk.name}: {error['Code']}: {error['Message']}"
            self.outcomes.append(Outcome(began, time.time(), text))
            self._end.wait(PAUSE_SECONDS)

    def __enter__(self) -> Traffic:
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(60)
        self.sdk.__exit__()
