"""`keystead audit`: the trail read, followed and verified by the command itself, and tampering found by it."""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness.keystead import CommandFailed, Keystead, binary
from harness.process import Child, wait_until


def events(keystead: Keystead, *filters: str) -> list[dict[str, Any]]:
    """The events of `audit list`, the newest first."""
    return [shown["event"] for shown in keystead.command("audit", "list", *filters)["events"]]


def is_chained(keystead: Keystead) -> bool:
    """Whether nothing waits to be chained any more."""
    return keystead.command("audit", "verify")["unchained"] == 0


def tamper(keystead: Keystead, statement: str) -> None:
    with closing(sqlite3.connect(keystead.data / "keystead.db")) as connection, connection:
        connection.execute(statement)


def test_the_trail_says_who_did_what_and_what_was_refused(keystead: Keystead, user_name: str) -> None:
    key = keystead.create_user(user_name)
    with pytest.raises(ClientError):
        keystead.client("iam", key, attempts=1).list_users()
    refused = wait_until(lambda: events(keystead, "--principal", user_name), 10, "the refusal is written")
    assert [event["eventName"] for event in refused] == ["ListUsers"]
    assert refused[0]["errorCode"] == "AccessDenied" and refused[0]["userIdentity"]["userName"] == user_name
    assert events(keystead, "--access-key-id", key.id, "--error-code", "AccessDenied") == refused

    by_root = events(keystead, "--root", "--writes", "--limit", "2")
    assert [event["eventName"] for event in by_root] == ["CreateAccessKey", "CreateUser"]
    assert by_root[0]["userIdentity"]["type"] == "Root"
    assert key.secret not in json.dumps(by_root)
    assert "! root" in keystead.text("audit", "list", "--event-name", "CreateUser")
    assert events(keystead, "--to", "2020-01-01T00:00:00Z") == []
    with pytest.raises(CommandFailed) as error:
        keystead.command("audit", "list", "--from", "yesterday")
    assert error.value.code == 2 and "`from`" in error.value.stderr


def test_tail_follows_and_ends_well_at_ctrl_c(keystead: Keystead, user_name: str, tmp_path: Path) -> None:
    output = tmp_path / "tail.jsonl"
    command = [binary(), "audit", "tail", "-n", "1", "--event-name", "CreateUser", "-o", "json"]
    keystead.client("iam").create_user(UserName=f"{user_name}-before")
    with Child("tail", command, tmp_path / "tail.log", keystead.environment(), stdout=output) as tail:

        def seen() -> list[str]:
            lines = output.read_text().splitlines()
            return [json.loads(line)["event"]["requestParameters"]["UserName"] for line in lines]

        tail.wait_until(seen, 10, "the newest event is shown")
        names = [f"{user_name}-{number}" for number in range(5)]
        for name in names:
            keystead.client("iam").create_user(UserName=name)
        tail.wait_until(lambda: len(seen()) >= 6, 10, "the new events are shown")
        tail.signal(signal.SIGINT)
        assert tail.wait_for_end(5) == 0
    # Each once, and none missing.
    assert seen() == [f"{user_name}-before", *names]
    assert (tmp_path / "tail.log").read_text() == ""


def test_tampering_is_found_and_told_by_the_exit_code(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    for number in range(5):
        keystead.client("iam").create_user(UserName=f"user-{number}")
    wait_until(lambda: is_chained(keystead), 10, "the events are chained")
    found = keystead.command("audit", "verify")
    # The beginning and five users; looking whether all is chained is an event, too.
    links = found["links_checked"]
    assert found["state"] == "whole" and links >= 6
    assert keystead.text("audit", "verify").startswith("The audit trail is whole: ")

    # Anybody can make the chain anew from the list.
    shown = keystead.command("audit", "list", "--oldest")["events"]
    link_hash = b""
    for link in sorted(shown, key=lambda one: one["link"])[:links]:
        text = json.dumps(link["event"], separators=(",", ":"), ensure_ascii=False)
        link_hash = hashlib.sha256(link_hash + text.encode()).digest()
        assert link["hash"] == link_hash.hex()
    assert found["head"] == f"{links}:{link_hash.hex()}"
    keystead.command("audit", "verify", "--head", found["head"])

    keystead.stop()
    tamper(keystead, "update audit_events set event = replace(event, 'user-3', 'user-9') where event like '%user-3%'")
    keystead.start()
    with pytest.raises(CommandFailed) as error:
        keystead.text("audit", "verify")
    assert error.value.code == 1
    assert "Link 5 is broken: its event, its hash or its place was changed." in error.value.stderr


def test_a_backup_put_back_is_found_by_the_head_that_was_noted(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    keystead.client("iam").create_user(UserName="before")
    keystead.stop()
    backup = {path: path.read_bytes() for path in keystead.data.iterdir() if path.is_file()}
    keystead.start()
    keystead.client("iam").create_user(UserName="after")
    wait_until(lambda: is_chained(keystead), 10, "the events are chained")
    noted = keystead.command("audit", "verify")["head"]
    keystead.stop()
    for path in keystead.data.iterdir():
        if path.is_file():
            path.unlink()
    for path, content in backup.items():
        path.write_bytes(content)
        path.chmod(0o600)
    keystead.start()
    assert keystead.command("audit", "verify")["state"] == "whole"
    with pytest.raises(CommandFailed) as error:
        keystead.command("audit", "verify", "--head", noted)
    assert error.value.code == 1 and "noted" in error.value.stderr
