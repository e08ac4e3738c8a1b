"""Owners are told of rotations: by letters to a real mail server, by signed calls to a receiver that checks them."""

from __future__ import annotations

import sqlite3
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness.hook_receiver import NoticeReceiver
from harness.keystead import CommandFailed, Key, Keystead
from harness.mail_server import MailServer
from harness.process import free_port, wait_until
from harness.scene import CREDENTIAL, USER

OWNER, OPERATOR = "ana@example.com", "ops@example.com"
SECRET = "what-notices-are-signed-with"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def hook_port() -> int:
    return free_port()


@pytest.fixture
def receiver(hook_port: int) -> Iterator[NoticeReceiver]:
    server = NoticeReceiver(SECRET, hook_port)
    yield server
    server.close()


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "hook.secret"
    file.write_text(f"{SECRET}\n")
    return file


def options(mail: MailServer, *more: str) -> tuple[str, ...]:
    smtp = ("--smtp-host", "127.0.0.1", "--smtp-port", str(mail.port), "--smtp-security", "plain")
    return (*smtp, "--mail-from", "keystead@example.com", *more)


def adopt(keystead: Keystead, *more: str) -> Key:
    key = keystead.create_user(USER)
    named = ("managed", "adopt", CREDENTIAL, "--user-name", USER, "--access-key-id", key.id, "--profile", "demo")
    keystead.command(*named, *more, stdin=key.secret)
    return key


class Hidden:
    """A script with a copy of the key, which nobody enrolled."""

    def __init__(self, keystead: Keystead, key: Key) -> None:
        self.sts = keystead.client("sts", key, attempts=1)
        self.sts.meta.events.register("before-send", mark)

    def use_until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        def used_and_done() -> object:
            self.sts.get_caller_identity()
            time.sleep(0.3)
            return condition()

        wait_until(used_and_done, seconds, what)


def mark(request: Any, **_: object) -> None:
    """What AWS_SDK_UA_APP_ID=forgotten-script would do; the user agent is not signed."""
    agent = request.headers["User-Agent"]
    request.headers["User-Agent"] = (agent if isinstance(agent, str) else agent.decode()) + " app/forgotten-script"


def letters(mail: MailServer, to: str) -> list[tuple[str, str]]:
    """Subjects and texts, each letter once, by its Message-ID as mail programs do."""
    found = {letter["message-id"]: letter for letter in mail.letters if letter["to"] == to}
    return [(letter["subject"], letter.get_content()) for letter in found.values()]


def metrics(keystead: Keystead) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{keystead.admin_port}/metrics", timeout=5) as reply:
        lines = reply.read().decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


@pytest.mark.timeout(500)
def test_a_whole_rotation_is_told_of_and_who_holds_it_up_is_named(
    new_keystead: Callable[[], Keystead],
    mail: MailServer,
    receiver: NoticeReceiver,
    hook_port: int,
    secret_file: Path,
) -> None:
    keystead = new_keystead()
    url = f"http://127.0.0.1:{hook_port}/hooks/keystead"
    keystead.start(*options(mail, "--target", f"http://127.0.0.1:{hook_port}"))
    webhook = ("--notify-webhook", url, "--notify-webhook-secret-file", str(secret_file))
    old = adopt(keystead, "--notify-email", OWNER, *webhook)
    script = Hidden(keystead, old)
    script.use_until(lambda: True, 5, "it is used")
    rotation = keystead.command("rotate", "start", CREDENTIAL)["rotation_id"]

    # Long before the deadline it is told who goes on with the old key, once.
    script.use_until(lambda: "still_used" in receiver.topics(), 90, "somebody is named")
    assert receiver.topics() == ["started", "still_used"]
    keystead.kill()
    keystead.start()
    waiting = 'keystead_rotation_state{state="proving"}'
    script.use_until(lambda: metrics(keystead).get(waiting) == 1, 30, "the rotation is measured")
    measured = metrics(keystead)
    assert measured['keystead_rotation_seconds_in_state{state="proving"}'] >= 5
    assert measured['keystead_key_age_days_bucket{le="1"}'] == measured["keystead_key_age_days_count"] == 1
    assert [count for name, count in measured.items() if "old_key_uses" in name and "forgotten-script" in name][0] > 0

    # At the deadline it is asked, and who is asked can have the owner reminded.
    def status() -> dict[str, Any]:
        return keystead.command("rotate", "status", rotation)

    script.use_until(lambda: status()["state"] == "blocked", 200, "the rotation asks")
    keystead.command("rotate", "remind", rotation)
    script.use_until(lambda: "reminder" in receiver.topics(), 60, "the owner is reminded")
    wait_until(lambda: status()["state"] == "done", 200, "the rotation ends")
    told = ["started", "still_used", "still_used", "reminder", "ended"]
    wait_until(lambda: receiver.topics() == told and len(letters(mail, OWNER)) == len(told), 60, "all is told")

    notices = receiver.notices()
    new_key = status()["new_access_key_id"]
    for notice in notices:
        assert notice["rotation_id"] == rotation and notice["credential"] == CREDENTIAL
        assert notice["old_access_key_id"] == old.id and notice["sentence"].endswith(".")
    assert notices[0]["new_access_key_id"] is None and notices[-1]["new_access_key_id"] == new_key
    assert f"{old.id} is still used by `forgotten-script" in notices[1]["sentence"]
    for notice in notices[1:3]:
        assert "forgotten-script" in notice["sentence"]
        assert "forgotten-script" in notice["old_key_users"][0]["consumer"]
    assert "forgotten-script" in notices[2]["question"] and notices[0]["question"] is None
    commands = [command["command"] for command in notices[2]["commands"]]
    assert f"keystead rotate remind {rotation}" in commands
    assert keystead.account_id in notices[3]["sentence"]
    assert notices[-1]["sentence"] == "Rotated. Only the new key is left. Nothing was interrupted by it."

    subjects = [subject for subject, _ in letters(mail, OWNER)]
    assert subjects.count(f"{CREDENTIAL}: the old key is still used") == 2
    assert {f"{CREDENTIAL}: its rotation has begun", f"{CREDENTIAL}: its rotation has ended"} <= set(subjects)
    everything = str(notices) + str(letters(mail, OWNER)) + keystead.log.read_text()
    assert old.secret not in everything and SECRET not in everything
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in keystead.data.iterdir() if path.is_file())
    shown = status()["notices"]
    assert len(shown) == 2 * len(told) and {notice["state"] for notice in shown} == {"sent"}
    # Whatever was told twice, at the kill, was told under the same id.
    assert receiver.calls <= len(told) + 1


@pytest.mark.timeout(400)
def test_a_receiver_that_is_down_holds_nothing_up_and_is_told_once_when_it_is_back(
    new_keystead: Callable[[], Keystead], mail: MailServer, hook_port: int, secret_file: Path
) -> None:
    keystead = new_keystead()
    # The installation's own: what a credential does not say. The operator need not name the place once more.
    hook = ("--notify-webhook", f"http://127.0.0.1:{hook_port}/", "--notify-webhook-secret-file", str(secret_file))
    keystead.start(*options(mail, "--notify-email", OPERATOR, *hook))
    old = adopt(keystead, "--notify-email", OWNER)
    rotation = keystead.command("rotate", "start", CREDENTIAL, "--brownout")["rotation_id"]

    def status() -> dict[str, Any]:
        return keystead.command("rotate", "status", rotation)

    wait_until(lambda: status()["state"] == "watching", 120, "the old key is off")
    with pytest.raises(ClientError):
        keystead.client("sts", old, attempts=1).get_caller_identity()
    wait_until(lambda: status()["state"] == "blocked", 60, "the attempt is asked about")
    assert metrics(keystead)['keystead_inactive_key_attempts_total{source="127.0.0.1"}'] == 1
    expected = ["started", "brownout", "old_key_tried"]
    wait_until(lambda: len(letters(mail, OWNER)) == 3, 30, "letters go out all the while")
    assert f"keystead rotate put-back {rotation}" in letters(mail, OWNER)[-1][1]
    unsent = [notice for notice in status()["notices"] if notice["way"] == "webhook"]
    assert [notice["topic"] for notice in unsent] == expected
    assert {notice["state"] for notice in unsent} == {"waiting"} and unsent[0]["failure"]
    wait_until(lambda: metrics(keystead).get('keystead_rotation_notices{state="waiting"}') == 3, 30, "it is measured")

    keystead.kill()
    receiver = NoticeReceiver(SECRET, hook_port)
    try:
        keystead.start()
        keystead.command("rotate", "emergency", rotation, "--contain-now")
        wait_until(lambda: status()["state"] == "done", 120, "the rotation ends")
        expected += ["emergency", "ended"]
        wait_until(lambda: receiver.topics() == expected, 120, "all is told")
        assert receiver.calls == len(expected)
        wait_until(lambda: len(letters(mail, OWNER)) == len(expected), 30, "the letters too")
        assert letters(mail, OPERATOR) == []
        tried = next(notice for notice in receiver.taken.values() if notice["topic"] == "old_key_tried")
        assert "tried" in tried["question"] and tried["state"] == "blocked"
    finally:
        receiver.close()


@pytest.mark.timeout(300)
def test_who_is_told_is_said_and_changed_and_nothing_wrong_is_taken(
    new_keystead: Callable[[], Keystead], mail: MailServer, tmp_path: Path, secret_file: Path
) -> None:
    keystead = new_keystead()
    config = tmp_path / "keystead.toml"
    config.write_text(f'[rotation]\nnotify_email = "{OPERATOR}"\n')
    keystead.start(*options(mail, "--config", str(config)))
    adopt(keystead)
    update = ("managed", "update", CREDENTIAL)
    short = tmp_path / "short"
    short.write_text("short")
    for why, *flags in (
        ("notify.email", "--notify-email", "ana"),
        ("16 to 1,024", "--notify-webhook", "https://example.com/", "--notify-webhook-secret-file", str(short)),
        ("no https", "--notify-webhook", "http://example.com/", "--notify-webhook-secret-file", str(secret_file)),
        ("--target", "--notify-webhook", "http://127.0.0.1:1/", "--notify-webhook-secret-file", str(secret_file)),
    ):
        with pytest.raises(CommandFailed) as failed:
            keystead.command(*update, *flags)
        assert why in failed.value.stderr
    webhook = ("--notify-webhook", "https://hooks.invalid/", "--notify-webhook-secret-file", str(secret_file))
    keystead.command(*update, "--notify-email", OWNER, *webhook)
    rotation = keystead.command("rotate", "start", CREDENTIAL)["rotation_id"]

    def notices() -> list[dict[str, Any]]:
        return keystead.command("rotate", "status", rotation)["notices"]

    wait_until(lambda: any(notice["failure"] for notice in notices()), 20, "nobody answers there")
    keystead.stop()
    # Three days go by.
    with closing(sqlite3.connect(keystead.data / "keystead.db")) as database:
        database.execute("update rotation_notices set created_at = 0, next_try_at = 0 where way = 'webhook'")
        database.commit()
    keystead.start()
    wait_until(lambda: "given_up" in {notice["state"] for notice in notices()}, 20, "it is given up")
    given_up = 'keystead_rotation_notices{state="given_up"}'
    wait_until(lambda: metrics(keystead).get(given_up), 30, "it is measured")
    wait_until(lambda: letters(mail, OWNER), 20, "the letter went out")
    wait_until(lambda: keystead.command("rotate", "status", rotation)["finished_at"], 90, "the rotation ends")

    # What is not named stays, and who names nobody any more has whom the installation names.
    shown = keystead.command(*update, "--no-notify-email")
    assert (shown["notify_email"], shown["notify_webhook"]) == (None, "https://hooks.invalid/")
    keystead.command(*update, "--no-notify-webhook")
    rotation = keystead.command("rotate", "start", CREDENTIAL)["rotation_id"]
    wait_until(lambda: letters(mail, OPERATOR), 20, "the operator is told")
    assert rotation in letters(mail, OPERATOR)[0][1]
    assert {notice["way"] for notice in notices()} == {"mail"}
    assert SECRET not in str(keystead.command("audit", "list")) and SECRET not in keystead.log.read_text()
