"""The whole picture a rotation happens in: Keystead, Envoy before a service, and three applications.

Used by the demo, which shows it, and by the tests, which kill parts of it.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import application as application_program
from .envoy import Envoy
from .keystead import REGION, Key, Keystead, binary
from .process import Child
from .queue_service import QueueService

USER = "orders-app"
CREDENTIAL = "orders"
# States that a rotation does not leave by itself.
ENDS = {"DONE", "ROLLED BACK", "BLOCKED"}
KINDS = {
    "web-frontend": "credential-process",
    "order-worker": "credential-process",
    "nightly-report": "credentials-file",
}


@dataclass(frozen=True)
class Outcome:
    """How one request of an application went."""

    began: float
    ended: float
    error: str | None


class Application:
    """One of the applications: a process of its own, which gets its credentials in one of two ways."""

    def __init__(self, name: str, kind: str, folder: Path) -> None:
        self.name = name
        self.kind = kind
        self.folder = folder
        self.token_file = folder / "token"
        self.credentials_file = folder / "credentials"
        self.pid_file = folder / "pid"
        self._outcomes_file = folder / "outcomes.tsv"
        folder.mkdir()

    def write_token(self, token: str) -> None:
        """The consumer's token: the one thing an application's machine is given."""
        self.token_file.touch(0o600)
        self.token_file.write_text(token)

    def write_config(self) -> None:
        """The application's AWS configuration, as its owner would write it."""
        lines = ["[default]", f"region = {REGION}"]
        if self.kind == "credential-process":
            lines.append(f"credential_process = {binary()} credential-process --token-file {self.token_file}")
        (self.folder / "config").write_text("\n".join([*lines, ""]))

    def agent_arguments(self) -> list[str]:
        """The agent that keeps the credentials file current and tells the application."""
        reload_command = self.folder / "reload"
        reload_command.write_text(f'#!/bin/sh\n! [ -e {self.pid_file} ] || kill -HUP "$(cat {self.pid_file})"\n')
        reload_command.chmod(0o755)
        return [
            *(str(binary()), "credentials-file", "--token-file", str(self.token_file)),
            *("--path", str(self.credentials_file), "--profile", "default"),
            *("--reload-command", str(reload_command)),
        ]

    def program_arguments(self) -> list[str]:
        program = application_program.__file__
        return [sys.executable, program, str(self._outcomes_file), str(self.pid_file)]

    def environment(self, keystead_url: str, service_url: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_CONFIG_FILE": str(self.folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials_file),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_SQS": service_url,
            "AWS_SDK_UA_APP_ID": self.name,
            # One attempt a request, so that no failure hides behind a retry.
            "AWS_MAX_ATTEMPTS": "1",
            "KEYSTEAD_URL": keystead_url,
        }

    def outcomes(self) -> list[Outcome]:
        """Every finished request so far."""
        if not self._outcomes_file.exists():
            return []
        complete, _, _ = self._outcomes_file.read_text().rpartition("\n")
        rows = [line.split("\t", 2) for line in complete.splitlines()]
        return [
            Outcome(float(began), float(ended), None if outcome == "ok" else outcome)
            for began, ended, outcome in rows
        ]


class Scene:
    """Everything, in one folder; `close` (or leaving the `with`) ends every process of it."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self._ends = ExitStack()
        self.folder = folder
        self.keystead = Keystead(folder / "keystead", database)
        self.service = self._ends.enter_context(QueueService())
        self.envoy = self._ends.enter_context(Envoy(folder))
        self.applications = [Application(name, kind, folder / name) for name, kind in KINDS.items()]
        self.rotation_id = ""

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._ends.close()
        self.keystead.close()

    def start_keystead(self) -> None:
        self.keystead.init()
        self.keystead.start()

    def create_key(self) -> Key:
        """The user and its first key, by the real aws CLI."""
        self.keystead.aws("iam", "create-user", "--user-name", USER)
        made = self.keystead.aws("iam", "create-access-key", "--user-name", USER)["AccessKey"]
        return Key(made["AccessKeyId"], made["SecretAccessKey"])

    def adopt(self, key: Key) -> None:
        """Puts the key into Keystead's custody; the secret goes over standard input."""
        arguments = ("managed", "adopt", CREDENTIAL, "--user-name", USER, "--access-key-id", key.id)
        self.keystead.command(*arguments, "--profile", "demo", stdin=key.secret)

    def start_envoy(self) -> None:
        arguments = ("verifier", "create", "envoy", "--service", "sqs", "--host", self.envoy.host)
        token = self.keystead.command(*arguments, "--trust-forwarded")["token"]
        self.envoy.start(self.keystead.port, token, self.service.port)

    def start_applications(self) -> None:
        for application in self.applications:
            self._enroll(application)
            environment = application.environment(self.keystead.url, self.envoy.url)
            if application.kind == "credentials-file":
                agent = self._start(application, "agent", application.agent_arguments(), environment)
                agent.wait_until(application.credentials_file.exists, 15, "the credentials file is there")
            program = self._start(application, "program", application.program_arguments(), environment)
            program.wait_until(application.outcomes, 30, f"{application.name} makes requests")

    def _enroll(self, application: Application) -> None:
        arguments = ("consumer", "enroll", CREDENTIAL, application.name, "--kind", application.kind)
        enrolled = self.keystead.command(*arguments, "--app-id", application.name)
        application.write_token(enrolled["token"])
        application.write_config()

    def _start(
        self, application: Application, part: str, arguments: list[str], environment: dict[str, str]
    ) -> Child:
        log = application.folder / f"{part}.log"
        child = Child(f"{application.name} ({part})", arguments, log, environment)
        return self._ends.enter_context(child)

    def set_up(self) -> None:
        """All of the above."""
        self.start_keystead()
        key = self.create_key()
        self.adopt(key)
        self.start_envoy()
        self.start_applications()

    def start_rotation(self) -> None:
        started = self.keystead.command("rotate", "start", CREDENTIAL, "--profile", "demo")
        self.rotation_id = started["rotation_id"]

    def rotation(self) -> dict[str, Any]:
        return self.keystead.command("rotate", "status", self.rotation_id)

    def state(self) -> str:
        return str(self.rotation()["state"]).upper()

    def outcomes(self) -> list[Outcome]:
        return [outcome for application in self.applications for outcome in application.outcomes()]

    def failures(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes() if outcome.error is not None]

    def logs(self) -> list[Path]:
        """Every log of the scene, for whoever has to find out what went wrong."""
        return sorted(self.folder.rglob("*.log"))
