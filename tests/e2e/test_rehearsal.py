"""A rotation is rehearsed at the very installation, and nothing of it is left, however it ends."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness.keystead import Keystead, binary
from harness.process import Child


def left(keystead: Keystead) -> list[Any]:
    """The users and managed credentials that there are."""
    users = keystead.client("iam").list_users()["Users"]
    return [*users, *keystead.command("managed", "list")["credentials"]]


@pytest.mark.timeout(200)
def test_a_rehearsal_rotates_a_key_to_the_end_and_leaves_nothing(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    told = keystead.command("rotate", "rehearse")
    assert (told["state"], told["failed"]) == ("done", 0), told
    assert told["requests"] > 30 and "0 failed" in told["sentence"]
    assert left(keystead) == []


@pytest.mark.timeout(200)
def test_a_rehearsal_that_is_broken_off_goes_back_and_leaves_nothing(
    new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    keystead = new_keystead()
    keystead.start()
    log = tmp_path / "rehearsal.log"
    with Child("rehearsal", [binary(), "rotate", "rehearse"], log, keystead.environment()) as rehearsal:
        rehearsal.wait_until(lambda: "PROVING" in log.read_text(), 60, "the rotation is under way")
        rehearsal.signal(signal.SIGINT)
        assert rehearsal.wait_for_end(90) == 7
    assert "Going back" in log.read_text()
    assert left(keystead) == []
