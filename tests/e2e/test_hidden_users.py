"""Whoever nobody knew of: one who comes rarely, one found by the trial switch-off, one who comes too late."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness.keystead import Key, Keystead
from harness.process import wait_until

CREDENTIAL = "orders"
USER = "orders-app"
# Twice this is longer than the longest silence that the demo profile waits for, a minute.
RARELY_SECONDS = 33
REFUSED = "InvalidClientTokenId"


@dataclass
class Script:
    """Has the key itself, as if it had been copied into it, and is known by its user agent only."""

    keystead: Keystead
    key: Key
    name: str

    def use(self) -> str | None:
        """Uses the key once; the code of the error it met, if it met one."""
        sts = self.keystead.client("sts", self.key, attempts=1)
        sts.meta.events.register("before-send", self._mark)
        try:
            sts.get_caller_identity()
        except ClientError as error:
            return error.response["Error"]["Code"]
        return None

    def _mark(self, request: Any, **_: object) -> None:
        agent = request.headers["User-Agent"]
        agent = agent if isinstance(agent, str) else agent.decode()
        request.headers["User-Agent"] = f"{agent} app/{self.name}"


class Rotated:
    """A managed credential that is being rotated by the demo profile."""

    def __init__(self, keystead: Keystead) -> None:
        self.keystead = keystead
        keystead.start()
        self.old = keystead.create_user(USER)
        adopt = ("managed", "adopt", CREDENTIAL, "--user-name", USER, "--access-key-id", self.old.id)
        keystead.command(*adopt, "--profile", "demo", stdin=self.old.secret)
        self.rotation_id = ""

    def start(self) -> None:
        self.rotation_id = self.keystead.command("rotate", "start", CREDENTIAL)["rotation_id"]

    def order(self, *order: str) -> None:
        self.keystead.command("rotate", order[0], self.rotation_id, *order[1:])

    def status(self) -> dict[str, Any]:
        return self.keystead.command("rotate", "status", self.rotation_id)

    def wait_for(self, state: str, seconds: float) -> dict[str, Any]:
        return wait_until(lambda: (now := self.status())["state"] == state and now, seconds, f"it is {state}")

    def key_status(self) -> str:
        listed = self.keystead.client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
        return next(key["Status"] for key in listed if key["AccessKeyId"] == self.old.id)


@pytest.mark.timeout(400)
def test_one_who_comes_rarely_is_named_and_a_trial_switch_off_finds_it(new_keystead: Callable[[], Keystead]) -> None:
    rotated = Rotated(new_keystead())
    script = Script(rotated.keystead, rotated.old, "monthly-close")
    assert script.use() is None
    time.sleep(RARELY_SECONDS)
    assert script.use() is None
    rotated.start()

    # Its silence would prove nothing for longer than anybody waits: nothing is switched off, and it is named.
    asked = rotated.wait_for("blocked", 60)["question"]
    assert "`monthly-close at 127.0.0.1 (sts)`" in asked["text"] and "used too rarely" in asked["text"], asked
    assert any(answer["command"].startswith("brownout") for answer in asked["answers"]), asked
    assert rotated.key_status() == "Active" and script.use() is None

    rotated.order("brownout")
    wait_until(lambda: rotated.status()["state"] == "brownout" and rotated.key_status() == "Inactive", 60, "it is off")
    assert script.use() == REFUSED
    # It is put back by itself, at once, and whoever met it is told of.
    asked = rotated.wait_for("blocked", 30)["question"]
    assert "`monthly-close at 127.0.0.1 (sts)`" in asked["text"] and "switched off for trial" in asked["text"], asked
    assert rotated.key_status() == "Active" and script.use() is None

    rotated.order("rollback")
    rotated.wait_for("rolled back", 60)
    assert rotated.key_status() == "Active" and script.use() is None


@pytest.mark.timeout(300)
def test_one_who_comes_too_late_is_offered_its_key_back(new_keystead: Callable[[], Keystead]) -> None:
    rotated = Rotated(new_keystead())
    script = Script(rotated.keystead, rotated.old, "forgotten-script")
    rotated.start()
    rotated.wait_for("watching", 90)
    assert (rotated.key_status(), script.use()) == ("Inactive", REFUSED)

    asked = rotated.wait_for("blocked", 30)["question"]
    assert "`forgotten-script at 127.0.0.1 (sts)` tried the inactive key" in asked["text"], asked
    assert any(answer["command"].startswith("put-back") for answer in asked["answers"]), asked
    rotated.order("put-back")
    wait_until(lambda: script.use() is None, 30, "the key works again")
    assert rotated.key_status() == "Active"
    assert rotated.status()["state"] in {"proving", "delivering"}
