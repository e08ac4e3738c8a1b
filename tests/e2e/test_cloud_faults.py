"""Everything that can be wrong with a cloud, in every operation that asks it: the right refusal in bounded time, nothing
half done, and no secret anywhere."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.faulty_cloud import FAULTS, REGIONS, Fault, FaultyCloud
from harness.keystead import CommandFailed, Key, Keystead
from harness.moto import NUMBER, CloudUser, Moto

PASSWORD = "correct horse battery staple 1A!"
# One call may take a second and is tried twice with a pause between, and proving makes a few calls.
SECONDS_MAX = 15
MEMORY_KIB_MAX = 256 * 1024


@dataclass
class Lab:
    """An installation with a faulty cloud for each fault."""

    keystead: Keystead
    clouds: dict[str, FaultyCloud]
    first: CloudUser
    second: CloudUser
    stranger: Key


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("faults")
    moto = Moto(folder)
    moto.warm()
    first, second = moto.user("keystead"), moto.user("keystead-two")
    moto.enforce()
    secrets = {user.key.id: user.key.secret for user in (first, second)}
    clouds = {name: FaultyCloud(moto.port, secrets=secrets) for name in FAULTS}
    keystead = Keystead(folder / "keystead")
    keystead.init()
    for name, cloud in clouds.items():
        keystead.command(
            *("admin", "endpoint", "add", name, *keystead.location, "--endpoint-url", cloud.url, "--names-owners")
        )
    quota = ("admin", "quota", "set", *keystead.location, keystead.account_id, "CloudAccountsPerAccount", "200")
    keystead.command(*quota)
    stranger = keystead.account("create", "--root-email", "stranger@example.com", "--root-key")
    keystead.start(
        *("--cloud-timeout-seconds", "1", "--cloud-status-interval-seconds", "86400"),
        *("--cloud-status-retry-seconds", "3600"),
    )
    keystead.command("root", "password", stdin=PASSWORD)
    yield Lab(keystead, clouds, first, second, Key.of_root(stranger))
    keystead.close()
    for cloud in clouds.values():
        cloud.close()
    moto.close()


def timestamp() -> str:
    """Now, as answers say it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Trial:
    """One fault in every operation that asks the cloud."""

    def __init__(self, lab: Lab, fault: Fault) -> None:
        self.lab, self.fault, self.cloud = lab, fault, lab.clouds[fault.name]
        self.said: list[str] = []

    def break_it(self) -> None:
        self.cloud.fault = self.fault

    def mend(self) -> None:
        self.cloud.fault = None

    def connect(self, user: CloudUser) -> dict:
        name = ("--name", self.fault.name, "--endpoint", self.fault.name, "--account-number", NUMBER)
        return self.command("connect", *name, "--access-key-id", user.key.id, stdin=user.key.secret)

    def update(self, user: CloudUser) -> dict:
        return self.command("update", self.fault.name, "--access-key-id", user.key.id, stdin=user.key.secret)

    def request(self, user: CloudUser) -> dict:
        whose = ("--endpoint", self.fault.name, "--account-number", NUMBER, "--access-key-id", user.key.id)
        return self.command("request-invitation", *whose, key=self.lab.stranger, stdin=user.key.secret)

    def command(self, *arguments: str, key: Key | None = None, stdin: str = "") -> dict:
        began = time.monotonic()
        try:
            answer = self.lab.keystead.command("cloud", *arguments, key=key, stdin=stdin)
        except CommandFailed as failure:
            self.said.append(failure.stderr)
            raise
        finally:
            taken = time.monotonic() - began
            assert taken < SECONDS_MAX, f"{self.fault.name}: {arguments[0]} took {taken:.1f} s"
        self.said.append(json.dumps(answer))
        return answer

    def expect(self, what: str, work: object, *arguments: object) -> bool:
        """Does it under the fault; whether it was done, which only a harmless fault may let it be."""
        try:
            work(*arguments)  # type: ignore[operator]
        except CommandFailed as failure:
            error = json.loads(failure.stderr)["error"]
            assert self.fault.expected, f"{self.fault.name}: {what} is refused: {error}"
            assert error["code"] == self.fault.expected, f"{self.fault.name}: {what}: {error}"
            assert self.fault.says in error["message"], f"{self.fault.name}: {what}: {error}"
            return False
        assert not self.fault.expected, f"{self.fault.name}: {what} was done"
        return True

    def version(self) -> int:
        return self.lab.keystead.command("cloud", "show", self.fault.name)["credential_version"]

    def run(self) -> None:
        first, second = self.lab.first, self.lab.second
        name = self.fault.name
        self.break_it()
        done = self.expect("connect", self.connect, first)
        self.mend()
        listed = [cloud["name"] for cloud in self.lab.keystead.command("cloud", "list")["cloud_accounts"]]
        assert (name in listed) == done, f"{name}: half connected"
        if not done:
            self.connect(first)
        if self.fault.expected:
            self.break_it()
            self.expect("request-invitation", self.request, second)
            self.expect("update", self.update, second)
            assert self.version() == 1, name
            self.mend()
        self.update(second)
        self.command("probe", name)
        self.break_it()
        undone = not self.fault.invents and self.expect("undo", self.command, "undo", name)
        assert self.version() == 2 + undone, name
        began = timestamp()
        probes = [probe for probe in self.command("probe", name)["probes"] if probe["probed_at"] >= began]
        states = {(probe["region"], probe["state"]) for probe in probes}
        if self.fault.expected and self.fault.everywhere:
            assert "ok" not in {state for _, state in states}, (name, states)
        if name == "dead-region":
            assert {state for region, state in states if region == REGIONS[0]} == {"ok"}, states
            assert {state for region, state in states if region == REGIONS[1]} == {"unreachable"}, states
        # The cloud is not asked when it is forgotten.
        deleted = self.command("delete", name, "--yes", stdin=PASSWORD)
        assert deleted["account_number"] == NUMBER


@pytest.mark.timeout(400)
def test_forty_faults_do_no_harm_to_any_operation(lab: Lab) -> None:
    assert len(FAULTS) >= 40
    trials = [Trial(lab, fault) for fault in FAULTS.values()]
    with ThreadPoolExecutor(8) as pool:
        results = [(trial, pool.submit(trial.run)) for trial in trials]
    failures = [f"{type(error).__name__}: {error}" for _, result in results if (error := result.exception())]
    assert not failures, "\n".join(failures)
    assert lab.keystead.command("cloud", "list")["cloud_accounts"] == []
    secrets = [user.key.secret for user in (lab.first, lab.second)]
    events = lab.keystead.text("audit", "list", "-o", "json")
    places = [lab.keystead.log.read_text(), events, *(text for trial in trials for text in trial.said)]
    places += [path.read_bytes().decode("latin-1") for path in lab.keystead.data.rglob("*") if path.is_file()]
    assert not any(secret in text for secret in secrets for text in places)
    assert lab.keystead.server is not None
    status = Path(f"/proc/{lab.keystead.server.pid}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0])
    assert peak < MEMORY_KIB_MAX, f"{peak} KiB at most"
