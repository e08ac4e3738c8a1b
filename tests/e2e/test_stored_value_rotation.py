"""The value of a stored credential is rotated: it is set where it is checked and stored at once, tried, and set back where
it does not work, whatever is killed in between."""

from __future__ import annotations

import string
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from harness.keystead import CommandFailed, Keystead
from harness.password_server import PasswordServer
from harness.process import wait_until

PASSWORD = "correct horse battery staple 1A!"
FIRST = "the first password of the database"
SIGNED_WITH = "what calls are signed with"
ENDS = {"done", "rolled back"}


class Lab:
    """A database with one password, which is a stored credential under rotation."""

    def __init__(self, folder: Path) -> None:
        self.database = PasswordServer(SIGNED_WITH, FIRST)
        self.keystead = Keystead(folder / "keystead")
        self.keystead.init()
        self.keystead.start("--target", self.database.url)
        self.keystead.command("root", "password", stdin=PASSWORD)
        self.keystead.command("credential", "create", "DB_PASSWORD", stdin=FIRST)

    def manage(self, *arguments: str) -> dict[str, Any]:
        manage = ("credential", "manage", "DB_PASSWORD", "--set-url", self.database.url, "--profile", "demo")
        return dict(self.keystead.command(*manage, *arguments, stdin=SIGNED_WITH))

    def rotate(self) -> str:
        return str(self.keystead.command("rotate", "start", "stored:DB_PASSWORD")["rotation_id"])

    def ended(self, rotation_id: str) -> dict[str, Any]:
        def has_ended() -> dict[str, Any] | None:
            rotation = self.keystead.command("rotate", "status", rotation_id)
            assert rotation["state"] != "blocked", rotation
            return dict(rotation) if rotation["state"] in ENDS else None

        return wait_until(has_ended, 120, "the rotation ends")

    def value(self) -> str:
        return str(self.keystead.command("credential", "reveal", "DB_PASSWORD", stdin=PASSWORD)["secret_value"])

    def close(self) -> None:
        self.keystead.close()
        self.database.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.close()


@pytest.mark.timeout(240)
def test_readers_see_the_new_value_at_once(lab: Lab) -> None:
    digits = ("--length", "20", "--alphabet", string.digits)
    assert lab.manage(*digits)["kind"] == "stored_value"
    with pytest.raises(CommandFailed) as refused:
        lab.keystead.command("consumer", "enroll", "stored:DB_PASSWORD", "app", "--kind", "credential-process")
    assert "given as an input" in refused.value.stderr
    rotation_id = lab.rotate()
    wrong = 0
    while (rotation := lab.keystead.command("rotate", "status", rotation_id))["state"] not in ENDS:
        assert rotation["state"] != "blocked", rotation
        wrong += lab.value() != lab.database.password
        time.sleep(0.2)
    assert rotation["state"] == "done", rotation
    # The one moment between setting and storing may be seen once.
    assert wrong <= 1
    value = lab.value()
    assert value == lab.database.password and len(value) == 20 and set(value) <= set(string.digits)
    assert [asked for asked in lab.database.asked if asked[0] == "set"] == [("set", "v2")]
    assert any(consumer["on_old"] and consumer["on_new"] for consumer in rotation["consumers"])
    assert value not in lab.keystead.text("rotate", "receipt", rotation_id)
    # What somebody gives by hand is not rotated before it is taken over.
    lab.keystead.command("credential", "update", "DB_PASSWORD", "--value", stdin="by hand, and long enough")
    with pytest.raises(CommandFailed) as refused:
        lab.rotate()
    assert "keystead credential manage" in refused.value.stderr
    lab.database.password = "by hand, and long enough"
    lab.manage()
    assert lab.ended(lab.rotate())["state"] == "done"
    assert lab.value() == lab.database.password != "by hand, and long enough"


@pytest.mark.timeout(240)
def test_a_value_that_does_not_work_is_set_back(lab: Lab) -> None:
    lab.manage()
    lab.database.refuses = lambda value: value != FIRST
    rotation = lab.ended(lab.rotate())
    assert rotation["state"] == "rolled back"
    assert lab.value() == lab.database.password == FIRST
    lab.database.refuses = lambda _: False
    assert lab.ended(lab.rotate())["state"] == "done"
    assert lab.value() == lab.database.password != FIRST


@pytest.mark.timeout(240)
def test_killed_between_setting_and_storing_it_stores_what_was_set(lab: Lab) -> None:
    lab.manage()
    kills = iter([True])

    def kill() -> None:
        if next(kills, False):
            lab.keystead.kill()

    lab.database.set_now = kill
    rotation_id = lab.rotate()

    def is_dead() -> bool:
        with suppress(CommandFailed):
            lab.keystead.command("rotate", "status", rotation_id)
            return False
        return True

    wait_until(is_dead, 60, "it is killed")
    assert lab.database.password != FIRST
    lab.keystead.close()
    lab.keystead.start()
    assert lab.ended(rotation_id)["state"] == "done"
    assert lab.value() == lab.database.password != FIRST
