"""Two servers on one database: one advances rotations, and when it is gone or asleep the other does."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.keystead import Keystead
from harness.postgres import Postgres
from harness.process import wait_until

ROTATIONS = 6
LEASE_SECONDS = 10
LEADS = "this server advances rotations"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


@pytest.fixture
def servers(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Keystead, Keystead]]:
    """The leader, and one that would be."""
    database = postgres.create_database(tmp_path.name.replace("-", "_").lower())
    leader, other = Keystead(tmp_path / "leader", database), Keystead(tmp_path / "other", database)
    leader.init()
    other.data.mkdir(mode=0o700)
    shutil.copy(leader.data / "master.key", other.data / "master.key")
    other.account_id, other.root = leader.account_id, leader.root
    leader.start()
    other.start()
    yield leader, other
    leader.close()
    other.close()


def start_rotations(leader: Keystead) -> dict[str, str]:
    """Rotations by the names of their users."""
    ids = {}
    for number in range(ROTATIONS):
        name = f"app-{number}"
        leader.client("iam").create_user(UserName=name)
        leader.command("managed", "create", name, "--user-name", name, "--profile", "demo")
        ids[name] = leader.command("rotate", "start", name)["rotation_id"]
    return ids


def states(keystead: Keystead) -> list[str]:
    return [rotation["state"] for rotation in keystead.command("rotate", "list")["rotations"]]


def check_each_was_done_once(keystead: Keystead, ids: dict[str, str]) -> None:
    listed = keystead.command("rotate", "list")["rotations"]
    assert sorted(one["rotation_id"] for one in listed) == sorted(ids.values())
    for name, rotation_id in ids.items():
        keys = keystead.client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert [key["Status"] for key in keys] == ["Active"]
        receipt = keystead.command("rotate", "receipt", rotation_id)
        made = [entry for entry in receipt["entries"] if done(entry["happening"], "Created")]
        assert len(made) == 1, receipt
        assert made[0]["happening"]["Resulted"]["outcome"]["Created"]["key"] == keys[0]["AccessKeyId"]


def done(happening: dict[str, Any], outcome: str) -> bool:
    return "Resulted" in happening and outcome in happening["Resulted"]["outcome"]


def leads(keystead: Keystead) -> bool:
    return LEADS in keystead.log.read_text()


@pytest.mark.timeout(300)
def test_when_the_leader_is_killed_the_other_ends_every_rotation_once(
    servers: tuple[Keystead, Keystead],
) -> None:
    leader, other = servers
    assert leads(leader) and not leads(other)
    ids = start_rotations(leader)
    wait_until(lambda: "proving" in states(other), 60, "some have two keys")
    leader.kill()
    killed = time.monotonic()
    wait_until(lambda: leads(other), 2 * LEASE_SECONDS, "the other takes over")
    assert time.monotonic() - killed < LEASE_SECONDS + 3
    wait_until(lambda: set(states(other)) == {"done"}, 120, "all are done")
    check_each_was_done_once(other, ids)


@pytest.mark.timeout(300)
def test_a_leader_that_slept_writes_nothing_when_it_wakes(servers: tuple[Keystead, Keystead]) -> None:
    leader, other = servers
    ids = start_rotations(leader)
    wait_until(lambda: set(states(other)) & {"delivering", "proving"}, 60, "some have two keys")
    assert leader.server is not None
    leader.server.signal(signal.SIGSTOP)
    wait_until(lambda: leads(other), 2 * LEASE_SECONDS, "the other takes over")
    leader.server.signal(signal.SIGCONT)
    wait_until(lambda: set(states(other)) == {"done"}, 120, "all are done")
    check_each_was_done_once(other, ids)
    assert "another server advances rotations now" in leader.log.read_text()
    # It follows what the other did: the keys that are left work there, too.
    for name in ids:
        assert len(leader.client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]) == 1


@pytest.mark.timeout(120)
def test_a_leader_that_stops_cleanly_holds_nobody_up_and_a_commit_is_followed(
    servers: tuple[Keystead, Keystead],
) -> None:
    leader, other = servers
    key = leader.create_user("someone")
    wait_until(lambda: works(other, key), 5, "the other server knows the key")
    leader.client("iam").update_access_key(UserName="someone", AccessKeyId=key.id, Status="Inactive")
    wait_until(lambda: not works(other, key), 5, "the other server knows that it is inactive")
    assert leader.stop() == 0
    wait_until(lambda: leads(other), 4, "the other takes over at once")


def works(keystead: Keystead, key: Any) -> bool:
    try:
        keystead.client("sts", key, attempts=1).get_caller_identity()
    except keystead.client("sts").exceptions.ClientError:
        return False
    return True
