"""A key is rotated under the traffic of AWS's own clients, which get it from the agent. No request may fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from harness.agent import Agent
from harness.keystead import REGION, CommandFailed, Keystead, binary
from harness.moto import Moto
from harness.process import Child, wait_until
from harness.scene import CREDENTIAL, ENDS, Application, Outcome, Scene
from harness.traffic import Sdk, Traffic

# Which client gets its credential in which way.
CLIENTS = {
    "boto3-container": ("boto3", "container"),
    "javascript-container": ("javascript", "container"),
    "rust-container": ("rust", "container"),
    "javascript-imds": ("javascript", "imds"),
    "boto3-process": ("boto3", "credential-process"),
    "aws-cli-process": ("aws-cli", "credential-process"),
}


# From kill -9 until it serves again.
READY_SECONDS_MAX = 2


class Stage:
    """Keystead behind Envoy, an agent, and every client at work."""

    def __init__(self, folder: Path, *clients: str) -> None:
        self._ends = ExitStack()
        self.scene = self._ends.enter_context(Scene(folder))
        self.scene.start_keystead()
        self.old = self.scene.create_key()
        self.scene.adopt(self.old)
        self.scene.start_envoy()
        self.agent = self._ends.enter_context(Agent(folder / "agent", self.scene.keystead))
        self.report = Application("report", "credentials-file", folder / "report")
        self._enroll(clients)
        self.agent.start()
        self.traffics = {name: self._start(name) for name in clients}
        self._start_report()
        self.outages: list[tuple[float, float]] = []

    def _enroll(self, clients: tuple[str, ...]) -> None:
        for name in clients:
            _, kind = CLIENTS[name]
            if kind == "credential-process":
                self._configure_process(name)
            else:
                self.agent.add(CREDENTIAL, name, kind)
        place = f'path = "{self.report.credentials_file}", format = "credentials"'
        reload = f'pid_file = "{self.report.pid_file}", signal = "HUP"'
        self.agent.add(CREDENTIAL, "report", "file", f"file = [{{ {place}, {reload} }}]")

    def _configure_process(self, name: str) -> None:
        """The one way that needs no agent."""
        keystead, token_file = self.scene.keystead, self.scene.folder / f"{name}.token"
        enroll = ("consumer", "enroll", CREDENTIAL, name, "--kind", "credential-process", "--app-id", name)
        keystead.command(*enroll, "--token-file", str(token_file))
        command = f"{binary()} credential-process --token-file {token_file} --url {keystead.url}"
        (self.scene.folder / f"{name}.config").write_text(f"[default]\ncredential_process = {command}\n")

    def _start(self, name: str) -> Traffic:
        sdk, kind = CLIENTS[name]
        environment = self.agent.environment(name, AWS_ENDPOINT_URL_SQS=self.scene.envoy.url)
        if kind == "credential-process":
            environment["AWS_CONFIG_FILE"] = str(self.scene.folder / f"{name}.config")
            del environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        return self._ends.enter_context(Traffic(self._ends.enter_context(Sdk(sdk, environment))))

    def _start_report(self) -> None:
        self.report.write_config()
        environment = self.report.environment(self.scene.keystead.url, self.scene.envoy.url)
        log = self.scene.folder / "report.log"
        self._ends.enter_context(Child("report", self.report.program_arguments(), log, environment))

    def outcomes(self) -> dict[str, list[Outcome]]:
        made = {name: traffic.outcomes for name, traffic in self.traffics.items()}
        return {**made, "report": self.report.outcomes()}

    def failures(self) -> list[Outcome]:
        """What failed while nobody was being killed."""
        return [
            one
            for outcomes in self.outcomes().values()
            for one in outcomes
            if one.error and not any(one.began <= ready and one.ended >= killed for killed, ready in self.outages)
        ]

    def kill_keystead(self) -> None:
        killed = time.time()
        self.scene.keystead.kill()
        self.scene.keystead.start()
        self.outages.append((killed, time.time()))

    def kill_agent(self) -> None:
        killed = time.time()
        self.agent.kill()
        self.agent.start()
        self.outages.append((killed, time.time()))

    def wait_for(self, *states: str, seconds: float = 90) -> None:
        wait_until(lambda: self.scene.state() in {*states, *ENDS}, seconds, f"the rotation is {' or '.join(states)}")

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, *CLIENTS) as made:
        wait_until(lambda: all(made.outcomes().values()), 30, "every client has made a request")
        yield made


def check_outcome(stage: Stage) -> None:
    stage.wait_for("DONE")
    assert stage.scene.state() == "DONE", stage.scene.rotation()
    settled = {name: len(outcomes) for name, outcomes in stage.outcomes().items()}
    grown = lambda: all(len(now) > settled[name] for name, now in stage.outcomes().items())  # noqa: E731
    wait_until(grown, 20, "every client goes on with the new key")
    assert stage.failures() == [], stage.outages
    # Every client was seen with the new key, in sessions too, and by its own name.
    new = stage.scene.rotation()["new_access_key_id"]
    uses = stage.scene.keystead.command("key", "uses", new)["consumers"]
    assert {*CLIENTS, "report"} <= {use["app_id"] for use in uses}


@pytest.mark.timeout(150)
def test_no_request_of_any_sdk_fails_while_its_key_is_rotated(stage: Stage) -> None:
    stage.scene.start_rotation()
    check_outcome(stage)
    # The command line takes seconds for each on a busy machine.
    assert all(len(outcomes) > 3 for outcomes in stage.outcomes().values())
    receipt = str(stage.scene.keystead.command("rotate", "receipt", stage.scene.rotation_id))
    assert stage.old.id in receipt and stage.old.secret not in receipt


@pytest.mark.timeout(200)
def test_nor_while_keystead_and_the_agent_are_killed_in_between(stage: Stage) -> None:
    stage.scene.start_rotation()
    stage.wait_for("VERIFYING", "DELIVERING", "PROVING")
    stage.kill_agent()
    stage.kill_keystead()
    stage.wait_for("PROVING")
    stage.kill_keystead()
    stage.wait_for("WATCHING")
    stage.kill_agent()
    stage.kill_keystead()
    check_outcome(stage)
    slow = [ready - killed for killed, ready in stage.outages if ready - killed > READY_SECONDS_MAX]
    assert slow == []


@pytest.mark.timeout(150)
def test_no_request_fails_while_a_key_of_another_cloud_is_rotated(
    new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    cloud = Moto(tmp_path)
    manager = new_keystead()
    try:
        user = cloud.user("app")
        manager.start("--endpoint", cloud.url)
        where = ("--user-name", "app", "--access-key-id", user.key.id, "--endpoint", cloud.url, "--region", REGION)
        manager.command("managed", "adopt", CREDENTIAL, *where, "--profile", "demo", stdin=user.key.secret)
        with Agent(tmp_path / "agent", manager) as agent:
            # The cloud's server knows no sessions of users.
            clients = {f"{sdk}-app": sdk for sdk in ("boto3", "javascript", "rust")}
            for name in clients:
                agent.add(CREDENTIAL, name, "container", "sessions = false")
            agent.start()
            with ExitStack() as running:
                traffics = []
                for name, sdk in clients.items():
                    client = running.enter_context(Sdk(sdk, agent.environment(name, AWS_ENDPOINT_URL=cloud.url)))
                    traffic = Traffic(client, "GetCallerIdentity", is_app)
                    traffics.append(running.enter_context(traffic))
                rotation = rotate_elsewhere(manager)
                counts = [len(traffic.outcomes) for traffic in traffics]
                wait_until(lambda: all(len(one.outcomes) > n for one, n in zip(traffics, counts, strict=True)), 20, "more")
                outcomes = [one for traffic in traffics for one in traffic.outcomes]
            assert rotation["state"] == "done"
            assert [one.error for one in outcomes if one.error] == []
            assert min(counts) > 10
            answers = {agent.fetch(name).json()["AccessKeyId"] for name in clients}
        (left,) = cloud.client("iam").list_access_keys(UserName="app")["AccessKeyMetadata"]
        assert answers == {left["AccessKeyId"]} != {user.key.id}
    finally:
        cloud.close()


def is_app(output: dict[str, Any]) -> bool:
    """The cloud's server takes a key that it does not know for another user's."""
    return str(output["Arn"]).endswith(":user/app")


def rotate_elsewhere(manager: Keystead) -> dict[str, Any]:
    """Rotates, and answers for those whose use the cloud does not tell."""
    rotation_id = manager.command("rotate", "start", CREDENTIAL)["rotation_id"]

    def has_ended() -> dict[str, Any] | None:
        rotation = manager.command("rotate", "status", rotation_id)
        if rotation["state"] == "blocked":
            assert "does not say who" in rotation["sentence"], rotation
            # Approved a moment ago, it may have gone on since it was looked at.
            with suppress(CommandFailed):
                manager.command("rotate", "approve", rotation_id)
        return rotation if rotation["state"] in {"done", "rolled back"} else None

    return wait_until(has_ended, 100, "the rotation ends")
