"""Honey keys: whoever uses one is told what anybody is with a key that is nobody's, and the alarm is raised."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness import verifier
from harness.keystead import AWS_CLI, CommandFailed, Key, Keystead
from harness.mail_server import MailServer
from harness.signing import sign

PLACE = "the wiki, page Deployment"


@pytest.fixture
def watched(new_keystead: Callable[[], Keystead]) -> Any:
    """An installation of this test alone, the mail server of its letters, and a honey key."""
    server = MailServer().start()
    keystead = new_keystead()
    keystead.start("--smtp-host", "127.0.0.1", "--smtp-port", str(server.port), "--smtp-security", "plain")
    yield keystead, server, create(keystead)
    server.stop()


def create(keystead: Keystead) -> Key:
    made = keystead.command("leak", "honey-key", "create", "--place", PLACE)
    return Key(made["access_key_id"], made["secret_access_key"])


def nobodys(key: Key) -> Key:
    """A key that is nobody's, with an id of the same account."""
    return Key(key.id[:-1] + ("A" if key.id[-1] != "A" else "B"), key.secret)


def refusal(keystead: Keystead, service: str, key: Key) -> Any:
    client = keystead.client(service, key, attempts=1)
    with pytest.raises(ClientError) as refused:
        client.get_caller_identity() if service == "sts" else client.list_users()
    return refused.value.response["Error"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def used(keystead: Keystead, service: str) -> dict[str, Any]:
    """What the alarm says, once it says that the key was used for that service."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for report in keystead.command("leak", "list")["leak_reports"]:
            shown: dict[str, Any] = keystead.command("leak", "show", report["report_id"])
            if any(use["service"] == service for use in shown["uses"]):
                return shown
        time.sleep(0.3)
    raise AssertionError(f"no alarm for {service}")


def test_any_use_raises_the_alarm_and_is_answered_as_for_a_key_that_is_nobodys(watched: Any) -> None:
    keystead, server, key = watched
    assert keystead.command("leak", "list") == {"leak_reports": []}
    assert refusal(keystead, "sts", key) == refusal(keystead, "sts", nobodys(key))
    shown = used(keystead, "sts")
    assert (shown["access_key_id"], shown["url"], shown["source"]) == (key.id, PLACE, "honey")
    assert (shown["state"], shown["status"], shown["proven_by"]) == ("open", "honey", "use")
    (use,) = shown["uses"]
    assert use["source_address"] == "127.0.0.1" and use["region"] == "us-east-1" and "Boto3" in use["user_agent"]
    assert use["refusals"] == 1 and use["uses"] == 0
    letter = server.wait_for("root@example.com")
    assert key.id in letter["subject"] and PLACE in letter.get_content() and "127.0.0.1" in letter.get_content()
    # With the secret of another key too: who knows the id has read the place.
    assert refusal(keystead, "iam", Key(key.id, "x" * 40)) == refusal(keystead, "iam", nobodys(key))
    used(keystead, "iam")
    done = subprocess.run(
        [str(AWS_CLI), "s3", "ls"], env=keystead.environment(key), capture_output=True, timeout=60, check=False
    )
    assert done.returncode != 0 and b"aws-cli" in json.dumps(used(keystead, "s3")).encode()
    # One alarm, one letter; the rest is counted.
    assert len(keystead.command("leak", "list")["leak_reports"]) == len(server.letters) == 1
    answered = keystead.command("leak", "respond", shown["report_id"], "--contain", "dismiss", "--reason", "a scanner")
    assert answered["state"] == "dismissed"
    refusal(keystead, "sts", key)
    deadline = time.monotonic() + 90
    while keystead.command("leak", "show", shown["report_id"])["state"] != "open":
        assert time.monotonic() < deadline
        time.sleep(1)


def test_a_verifying_service_learns_nothing_and_another_account_rings_no_bell(watched: Any) -> None:
    keystead, _, key = watched
    made = ("verifier", "create", "queues", "--service", "sqs", "--host", "queues.example.com")
    token = keystead.command(*made, "--trust-forwarded")["token"]
    answers = []
    for one in (key, nobodys(key)):
        request = sign(one, "sqs", keystead.port, b"{}", host="queues.example.com")
        status, answer = verifier.ask(keystead, token, request)
        answer.pop("request_id", None)
        answers.append((status, answer))
    assert answers[0] == answers[1]
    (use,) = used(keystead, "sqs")["uses"]
    assert use["source_address"] == "192.0.2.7"
    keystead.stop()
    account = keystead.account("create", "--root-email", f"{uuid.uuid4().hex}@example.com", "--root-key")
    keystead.start()
    other = Key.of_root(account)
    theirs = keystead.command(*made, key=other)["token"]
    verifier.ask(keystead, theirs, sign(key, "sqs", keystead.port, b"{}", host="queues.example.com"))
    assert keystead.command("leak", "honey-key", "list", key=other) == {"honey_keys": []}
    with pytest.raises(CommandFailed) as refused:
        keystead.command("leak", "honey-key", "delete", key.id, key=other)
    assert refused.value.code == 3
    # It is a honey key after the restart as well, and the other's question was not counted.
    refusal(keystead, "sts", key)
    used(keystead, "sts")
    assert sum(use["refusals"] for use in used(keystead, "sqs")["uses"] if use["service"] == "sqs") == 1


def test_nothing_lists_a_honey_key_but_its_own_list(watched: Any) -> None:
    keystead, _, key = watched
    assert [one["access_key_id"] for one in keystead.command("leak", "honey-key", "list")["honey_keys"]] == [key.id]
    iam = keystead.client("iam")
    assert key.id not in json.dumps(iam.list_access_keys()["AccessKeyMetadata"], default=str)
    while iam.generate_credential_report()["State"] != "COMPLETE":
        time.sleep(0.2)
    assert key.id not in iam.get_credential_report()["Content"].decode()
    assert key.id not in json.dumps(keystead.command("rotate", "compliance"))
    for one in (key, nobodys(key)):
        with pytest.raises(ClientError) as refused:
            iam.get_access_key_last_used(AccessKeyId=one.id)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
    kept = [path.read_bytes() for path in keystead.data.rglob("*") if path.is_file()]
    assert not any(key.secret.encode() in one for one in kept)
    assert keystead.command("leak", "honey-key", "delete", key.id) == {"access_key_id": key.id}
    refusal(keystead, "sts", key)
    time.sleep(3)
    assert keystead.command("leak", "list") == {"leak_reports": []}
    with pytest.raises(CommandFailed) as gone:
        keystead.command("leak", "honey-key", "delete", key.id)
    assert gone.value.code == 3
