"""Rotations that begin by themselves: by age, once, spread under caps, and never in a freeze."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.keystead import CommandFailed, Key, Keystead
from harness.process import wait_until
from harness.signing import send, sign

DAY_MICROS = 24 * 3600 * 1_000_000


def make(keystead: Keystead, *names: str) -> None:
    """Managed credentials of users of the same names."""
    for name in names:
        keystead.client("iam").create_user(UserName=name)
        keystead.command("managed", "create", name, "--user-name", name, "--profile", "demo")


def age_keys(keystead: Keystead, days: int) -> None:
    """Nobody can make an old key: times are moved back while nobody looks."""
    keystead.stop()
    with closing(sqlite3.connect(keystead.data / "keystead.db")) as connection, connection:
        connection.execute("update access_keys set created_at = created_at - ?", (days * DAY_MICROS,))
    keystead.start()


def rotations(keystead: Keystead) -> list[dict[str, Any]]:
    return keystead.command("rotate", "list")["rotations"]


def are_done(keystead: Keystead, count: int) -> bool:
    return [one["state"] for one in rotations(keystead)] == ["done"] * count


@pytest.mark.timeout(200)
def test_a_key_is_replaced_before_it_is_too_old_and_the_next_time_is_set(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start()
    make(keystead, "orders")
    shown = keystead.command("managed", "schedule", "orders")
    begins = datetime.fromisoformat(shown["next_rotation_at"]) - datetime.now(UTC)
    assert timedelta(days=74) < begins < timedelta(days=76)
    assert "Next rotation" in shown["sentence"] and "not been seen in use" in shown["sentence"]
    assert rotations(keystead) == []

    age_keys(keystead, 76)
    keystead.command("managed", "schedule", "orders", "--every-days", "90", "--jitter-minutes", "0")
    wait_until(lambda: rotations(keystead), 10, "a rotation begins by itself")
    assert keystead.command("managed", "show", "orders")["rotation_id"] == rotations(keystead)[0]["rotation_id"]
    wait_until(lambda: are_done(keystead, 1), 120, "it is done")
    shown = keystead.command("managed", "show", "orders")
    begins = datetime.fromisoformat(shown["next_rotation_at"]) - datetime.now(UTC)
    assert timedelta(days=74) < begins < timedelta(days=75)
    time.sleep(3)
    assert len(rotations(keystead)) == 1
    started = [event for event in events(keystead) if event["event"]["eventName"] == "StartRotation"]
    assert len(started) == 1


def events(keystead: Keystead) -> list[dict[str, Any]]:
    return keystead.command("audit", "list")["events"]


@pytest.mark.timeout(200)
def test_a_time_missed_in_a_freeze_and_a_crash_is_caught_up_once(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    make(keystead, "orders")
    age_keys(keystead, 100)
    until = datetime.now(UTC) + timedelta(seconds=20)
    added = keystead.command("freeze", "add", "--until", until.isoformat(), "--reason", "the sale")
    assert [one["freeze_id"] for one in keystead.command("freeze", "list")["freezes"]] == [added["freeze_id"]]
    keystead.command("managed", "schedule", "orders", "--jitter-minutes", "0")

    def is_put_off() -> bool:
        next_at = keystead.command("managed", "show", "orders")["next_rotation_at"]
        return abs(datetime.fromisoformat(next_at) - until) < timedelta(seconds=1)

    wait_until(is_put_off, 10, "it waits for the end of the freeze")
    assert rotations(keystead) == []
    keystead.kill()
    time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds() + 1))
    keystead.start()
    wait_until(lambda: rotations(keystead), 10, "it is caught up")
    keystead.kill()
    keystead.start()
    wait_until(lambda: are_done(keystead, 1), 120, "it is done")
    time.sleep(2)
    assert len(rotations(keystead)) == 1


@pytest.mark.timeout(300)
def test_no_more_are_at_work_at_once_than_the_quota_says(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    location = (*keystead.location, keystead.account_id)
    keystead.command("admin", "quota", "set", *location, "RotationsAtWorkPerAccount", "3")
    keystead.start()
    names = [f"app-{number}" for number in range(10)]
    make(keystead, *names)
    age_keys(keystead, 100)
    for name in names:
        keystead.command("managed", "schedule", name, "--jitter-minutes", "0")
    at_work: set[int] = set()

    def look() -> bool:
        listed = [one["state"] for one in rotations(keystead)]
        working = {"preflight", "creating", "staged", "verifying", "delivering"}
        at_work.add(sum(state in working for state in listed))
        return listed == ["done"] * len(names)

    wait_until(look, 200, "all are done")
    assert max(at_work) == 3


def test_what_cannot_be_is_refused_and_nobody_elses_is_found(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    other = keystead.account("create", "--root-email", "other@example.com", "--name", "other", "--root-key")
    stranger = Key.of_root(other)
    keystead.start()
    make(keystead, "orders")
    for arguments, said in (
        (("--every-days", "0"), "every_days"),
        (("--every-days", "30", "--early-days", "30"), "early_days"),
        (("--cron", "61 * * * *"), "cron"),
        (("--jitter-minutes", "99999"), "jitter_minutes"),
    ):
        with pytest.raises(CommandFailed, match=said):
            keystead.command("managed", "schedule", "orders", *arguments)
    with pytest.raises(CommandFailed, match="until"):
        keystead.command("freeze", "add", "--until", "2020-01-01T00:00:00Z", "--reason", "late")
    made = keystead.command("freeze", "add", "--until", "2099-01-01T00:00:00Z", "--reason", "mine")
    with pytest.raises(CommandFailed, match="NoSuchEntity|There is no"):
        keystead.command("freeze", "remove", made["freeze_id"], key=stranger)
    with pytest.raises(CommandFailed, match="NoSuchEntity|There is no"):
        keystead.command("managed", "schedule", "orders", key=stranger)
    assert keystead.command("freeze", "list", key=stranger)["freezes"] == []
    keystead.command("freeze", "remove", made["freeze_id"])
    assert keystead.command("freeze", "list")["freezes"] == []
    shown = keystead.command("managed", "schedule", "orders", "--cron", "0 3 * * 2", "--jitter-minutes", "0")
    assert datetime.fromisoformat(shown["next_rotation_at"]).strftime("%a %H:%M") == "Tue 03:00"
    assert keystead.command("managed", "schedule", "orders", "--off")["next_rotation_at"] is None


@pytest.mark.timeout(200)
def test_it_is_told_which_comes_first_and_a_rotation_stays_compliant(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    make(keystead, "old")
    age_keys(keystead, 95)
    make(keystead, "middle")
    age_keys(keystead, 40)
    make(keystead, "young")
    keystead.command("managed", "schedule", "young")
    lines = keystead.command("rotate", "next")["credentials"]
    assert [line["credential"] for line in lines] == ["old", "middle", "young"]
    assert "45 days over its 90 days" in lines[0]["why"] and "never seen in use" in lines[0]["why"]
    assert "no rotation is planned" in lines[1]["why"] and "its rotation begins" in lines[2]["why"]
    only = keystead.command("rotate", "next", "--only", "unplanned", "--limit", "1")["credentials"]
    assert [line["credential"] for line in only] == ["old"]

    def keys(rule: str) -> dict[str, list[bool]]:
        # The exit code tells whether all are right; root's own key never is, by CIS.
        path = f"/api/v1/key-compliance?rule={rule}"
        reply = send(keystead.port, sign(keystead.root, "keystead", keystead.port, b"", "GET", path))
        found: dict[str, list[bool]] = {}
        for key in json.loads(reply.body)["keys"]:
            found.setdefault(key["user_name"] or "root", []).append(key["compliant"])
        return found

    assert keys("cis") == {"root": [False], "old": [False], "middle": [True], "young": [True]}
    with pytest.raises(CommandFailed) as failed:
        keystead.text("rotate", "compliance", "--rule", "90d", "--csv")
    assert failed.value.code == 7 and failed.value.stdout.startswith("compliant,access_key_id,user_name")
    assert keystead.command("rotate", "compliance", "--rule", "3650d")

    rotation_id = keystead.command("rotate", "start", "middle")["rotation_id"]
    states: set[str] = set()

    def is_done() -> bool:
        state = keystead.command("rotate", "status", rotation_id)["state"]
        states.add(state)
        assert all(keys("cis")["middle"]) and all(keys("90d")["middle"]), state
        return state == "done"

    wait_until(is_done, 120, "the rotation ends")
    assert {"proving", "watching"} <= states


@pytest.mark.timeout(200)
def test_a_freeze_and_a_window_hold_a_running_rotation_and_it_goes_on_by_itself(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start()
    make(keystead, "orders")
    frozen = keystead.command("freeze", "add", "--until", "2099-01-01T00:00:00Z", "--reason", "the sale")
    rotation_id = keystead.command("rotate", "start", "orders")["rotation_id"]

    def state() -> str:
        return keystead.command("rotate", "status", rotation_id)["state"]

    wait_until(lambda: state() == "paused", 30, "the freeze holds it")
    assert len(keystead.client("iam").list_access_keys(UserName="orders")["AccessKeyMetadata"]) == 1
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%a").lower()
    closed = keystead.command("managed", "calendar", "orders", "--window", f"{tomorrow}/10:00-11:00")
    assert closed["calendar"]["windows"][0]["from_minute"] == 600
    keystead.command("freeze", "remove", frozen["freeze_id"])
    time.sleep(3)
    assert state() == "paused", "now the window does"
    keystead.command("managed", "calendar", "orders", "--off")
    wait_until(lambda: state() == "done", 120, "it goes on")
