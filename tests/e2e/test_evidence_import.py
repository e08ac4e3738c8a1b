"""Logs of another authority as evidence: who used a key that the endpoint only says was used."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import cloudtrail
from harness.keystead import REGION, CommandFailed, Key, Keystead
from harness.process import wait_until

BACKUP = "backup at 192.0.2.7 (s3)"


def adopt(manager: Keystead, url: str, key: Key) -> None:
    where = ("--user-name", "app", "--access-key-id", key.id, "--endpoint", url, "--region", REGION)
    manager.command("managed", "adopt", "elsewhere", *where, "--profile", "demo", stdin=key.secret)


@pytest.fixture
def elsewhere(new_keystead: Callable[[], Keystead]) -> tuple[Keystead, Key]:
    """A manager, and the key it keeps of a user at another authority."""
    authority, manager = new_keystead(), new_keystead()
    authority.start()
    key = authority.create_user("app", administrator=True)
    manager.start("--endpoint", authority.url)
    adopt(manager, authority.url, key)
    return manager, key


@pytest.mark.timeout(240)
def test_a_log_says_whose_the_uses_were_and_a_person_speaks_for_them(
    elsewhere: tuple[Keystead, Key], tmp_path: Path
) -> None:
    manager, key = elsewhere
    rotation_id = manager.command("rotate", "start", "elsewhere")["rotation_id"]

    def rotation() -> dict[str, Any]:
        return manager.command("rotate", "status", rotation_id)

    wait_until(lambda: rotation()["state"] == "blocked", 120, "it asks")
    assert "does not say who" in rotation()["question"]["text"]

    now = datetime.now(UTC)
    folder = tmp_path / "trail"
    earlier = [cloudtrail.record(key.id, now - timedelta(seconds=ago)) for ago in (40, 15)]
    cloudtrail.write(folder / "2027" / "a.json.gz", earlier)
    cloudtrail.write(folder / "b.json", [cloudtrail.record(key.id, now)])
    imports = ("evidence", "import", str(folder))
    summed = manager.command(*imports, "--complete-until", now.isoformat())
    assert (summed["files"], summed["counted"], summed["access_key_ids"]) == (2, 3, [key.id])
    again = manager.command(*imports)
    assert (again["counted"], again["known"]) == (0, 3)
    assert again["complete_until"] == summed["complete_until"]
    (mapped,) = manager.command("consumer", "map", "elsewhere")["consumers"]
    assert (mapped["name"], mapped["uses"], mapped["seen_by"]) == (BACKUP, 3, ["cloudtrail"])
    assert mapped["slowest_interval_seconds"] == 25

    # The question was about somebody; now it is about the one the log names.
    manager.command("rotate", "approve", rotation_id)
    wait_until(lambda: BACKUP in names(rotation()), 30, "the log is read")
    assert not any("does not say who" in name for name in names(rotation()))
    manager.command("rotate", "attest", rotation_id, "--consumer", BACKUP, "--note", "it has the new one")
    ended = wait_until(lambda: rotation()["state"] in {"done", "rolled back"} and rotation(), 150, "it ends")
    assert ended["state"] == "done"

    page = tmp_path / "receipt.html"
    manager.text("rotate", "receipt", rotation_id, "--html", str(page))
    text = page.read_text()
    assert "the word of" in text and "it has the new one" in text and "imported logs" in text
    assert 'class="weak"' in text and 'class="medium"' in text and "http" not in text.split("<body>")[0]
    assert "Whole" in manager.text("rotate", "verify-receipt", str(page))
    page.write_text(text.replace("it has the new one", "it never had any", 1))
    with pytest.raises(CommandFailed, match="Do not believe"):
        manager.text("rotate", "verify-receipt", str(page))


def names(rotation: dict[str, Any]) -> set[str]:
    return {consumer["name"] for consumer in rotation["consumers"]}


def test_what_is_no_evidence_is_counted_by_reason_and_harms_nobody(
    elsewhere: tuple[Keystead, Key], tmp_path: Path
) -> None:
    manager, key = elsewhere
    now = datetime.now(UTC)
    folder = tmp_path / "trail"
    good = cloudtrail.record(key.id, now)
    cloudtrail.write(
        folder / "mixed.json.gz",
        [
            *(good, good),
            cloudtrail.record("AKIAIOSFODNN7EXAMPLE", now),
            cloudtrail.record(key.id, now + timedelta(hours=1)),
            cloudtrail.record(key.id, now - timedelta(days=91)),
            good | {"eventID": "other", "userIdentity": {"type": "AWSService"}},
            good | {"eventID": "bent", "sourceIPAddress": "\u001b[31m" + "x" * 5000, "userAgent": ["no", "text"]},
            *(7, "text", None, [], {}, {"eventTime": "now"}),
        ],
    )
    (folder / "junk.json").write_bytes(b"\x00\xff junk")
    (folder / "cut.json.gz").write_bytes((folder / "mixed.json.gz").read_bytes()[:100])
    (folder / "bomb.json").write_text("[" * 100_000)
    (folder / "loop").symlink_to(folder)
    summed = manager.command("evidence", "import", str(folder))
    assert (summed["counted"], summed["known"]) == (2, 1)
    assert summed["skipped"] == {
        "not a file of CloudTrail": 3,
        "of a key that is not managed here": 1,
        "from the future": 1,
        "older than 90 days": 1,
        "names no access key": 1,
        "not in the form of this log": 6,
    }
    assert summed["complete_until"] is None, "nobody said that the log is complete"
    shown = json.dumps(manager.command("consumer", "map", "elsewhere"))
    assert "\\u001b" not in shown and "x" * 200 not in shown
    with pytest.raises(CommandFailed, match="complete_until"):
        manager.command("evidence", "import", str(folder), "--complete-until", "2099-01-01T00:00:00Z")
    with pytest.raises(CommandFailed, match="cannot be read"):
        manager.command("evidence", "import", str(tmp_path / "nothing"))


def test_an_access_log_names_the_key_of_presigned_requests(
    elsewhere: tuple[Keystead, Key], tmp_path: Path
) -> None:
    manager, key = elsewhere
    now = datetime.now(UTC)
    presigned = f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key.id}%2F20270115%2Fus-east-1%2Fs3"
    log = tmp_path / "access.log"
    log.write_text(cloudtrail.access_line(now, presigned) + cloudtrail.access_line(now, "") + "junk\n")
    text = log.read_text()
    arguments = ("evidence", "import", "-", "--log", "s3")
    summed = manager.command(*arguments, stdin=text)
    assert summed["counted"] == 1
    assert summed["skipped"] == {"names no access key": 1, "not in the form of this log": 1}
    assert manager.command(*arguments, stdin=text)["known"] == 1
    (mapped,) = manager.command("consumer", "map", "elsewhere")["consumers"]
    assert (mapped["sources"], mapped["app_ids"]) == (["192.0.2.3"], ["web"])
