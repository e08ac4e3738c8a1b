"""Leaked keys: anybody may report, nobody learns or switches off anything by it, and an answer takes effect at once."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from harness.keystead import CommandFailed, Key, Keystead
from harness.mail_server import MailServer

PATH = "/api/v1/leak-reports"
PLACE = "https://paste.example/1"


class GitHub:
    """What signs like GitHub, and the document that its keys stand in."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        self.document = json.dumps({"public_keys": [{"key_identifier": "k1", "key": public, "is_current": True}]})

    def headers(self, body: bytes) -> dict[str, str]:
        signature = base64.b64encode(self.key.sign(body, ec.ECDSA(hashes.SHA256()))).decode()
        return {"Github-Public-Key-Identifier": "k1", "Github-Public-Key-Signature": signature}


@pytest.fixture
def told(new_keystead: Callable[[], Keystead]) -> Iterator[tuple[Keystead, MailServer]]:
    """An installation of this test alone, and the mail server of its letters."""
    server = MailServer().start()
    keystead = new_keystead()
    keystead.start("--smtp-host", "127.0.0.1", "--smtp-port", str(server.port), "--smtp-security", "plain")
    yield keystead, server
    server.stop()


def post(keystead: Keystead, body: Any, **headers: str) -> tuple[int, bytes]:
    """A report that nobody signed."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(keystead.url + PATH, data, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def reports(keystead: Keystead, count: int) -> list[dict[str, Any]]:
    """The account's reports, once there are so many."""
    deadline = time.monotonic() + 15
    while True:
        found: list[dict[str, Any]] = keystead.command("leak", "list")["leak_reports"]
        if len(found) >= count or time.monotonic() > deadline:
            assert len(found) == count, found
            return found
        time.sleep(0.2)


def works(keystead: Keystead, key: Key) -> bool:
    try:
        keystead.client("sts", key, attempts=1).get_caller_identity()
        return True
    except ClientError:
        return False


def test_a_report_with_an_id_alone_tells_the_owner_and_switches_nothing_off(
    told: tuple[Keystead, MailServer],
) -> None:
    keystead, server = told
    key = keystead.create_user("app")
    known = post(keystead, {"ids": [key.id], "url": PLACE})
    unknown = post(keystead, {"ids": ["AKIA" + "B" * 16], "url": PLACE})
    assert known == unknown == (202, b'{"accepted":true}')
    (report,) = reports(keystead, 1)
    assert (report["access_key_id"], report["url"], report["state"]) == (key.id, PLACE, "open")
    assert report["is_proven"] is False and report["reporter"] == "127.0.0.1"
    letter = server.wait_for("root@example.com")
    assert key.id in letter["subject"] and "Nothing was switched off" in letter.get_content()
    # The same again is counted, and nobody is told twice.
    post(keystead, {"ids": [key.id], "url": PLACE})
    while reports(keystead, 1)[0]["reports"] < 2:
        time.sleep(0.2)
    assert len(server.letters) == 1
    assert works(keystead, key)


def test_a_secret_in_a_report_proves_it_and_is_kept_nowhere(told: tuple[Keystead, MailServer]) -> None:
    keystead, server = told
    key = keystead.create_user("app")
    text = f"aws_access_key_id={key.id}\naws_secret_access_key={key.secret}\n"
    keystead.command("leak", "report", "--text", "-", "--at", PLACE, stdin=text)
    post(keystead, {"ids": [key.id], "url": f"{PLACE}/{key.secret}"})
    # Of another key: right by its checksum, but not the secret of the key it stands beside.
    other = keystead.create_user("other")
    post(keystead, f"{other.id} {key.secret}".encode())
    found = {(report["access_key_id"], report["url"]): report["is_proven"] for report in reports(keystead, 3)}
    assert found == {(key.id, PLACE): True, (key.id, f"{PLACE}/****"): True, (other.id, ""): False}
    while len(server.letters) < 2:
        time.sleep(0.2)
    kept = [path.read_bytes() for path in keystead.data.rglob("*") if path.is_file()]
    kept += [keystead.log.read_bytes(), json.dumps(keystead.command("audit", "list")).encode()]
    kept += [letter.as_bytes() for letter in server.letters]
    assert not any(key.secret.encode() in one for one in kept)
    assert works(keystead, key)


def test_every_form_of_report_is_understood(told: tuple[Keystead, MailServer]) -> None:
    keystead, _ = told
    keys = [keystead.create_user(f"app-{n}") for n in range(3)]
    github = [{"token": keys[0].id, "type": "keystead", "url": "https://github.example/1", "source": "content"}]
    finding = {
        "DetectorName": "AWS",
        "Raw": keys[1].id,
        "RawV2": f"{keys[1].id}:{keys[1].secret}",
        "SourceMetadata": {"Data": {"Github": {"link": "https://github.example/2"}}},
    }
    guardian = {"source": "GitGuardian", "incident": {"gitguardian_url": "https://gg.example/3"}, "match": keys[2].id}
    # A signature that cannot be checked makes a report no more than a stranger's.
    forged = {"GITHUB-PUBLIC-KEY-IDENTIFIER": "00", "GITHUB-PUBLIC-KEY-SIGNATURE": "MEUCIQ=="}
    assert post(keystead, github, **forged)[0] == 202
    assert post(keystead, json.dumps(finding).encode() + b"\n" + json.dumps({"DetectorName": "X"}).encode())[0] == 202
    assert post(keystead, guardian)[0] == 202
    found = {report["url"]: report for report in reports(keystead, 3)}
    assert {url: (report["source"], report["is_proven"]) for url, report in found.items()} == {
        "https://github.example/1": ("github", False),
        "https://github.example/2": ("trufflehog", True),
        "https://gg.example/3": ("gitguardian", False),
    }


def test_a_flood_and_a_huge_report_are_refused_and_others_are_served(told: tuple[Keystead, MailServer]) -> None:
    keystead, _ = told
    assert post(keystead, b"A" * (100 * 1024))[0] == 413
    # Nobody waits for the rest of one that is this large: the connection is cut under the sender.
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        post(keystead, b"A" * (10 * 1024 * 1024))
    answers = [post(keystead, {"ids": ["AKIA" + "B" * 16]})[0] for _ in range(60)]
    assert set(answers) == {202, 400} and answers[-1] == 400, answers
    assert keystead.command("leak", "list") == {"leak_reports": []}


def test_containing_a_key_ends_it_and_its_sessions_at_once_and_is_confirmed(
    told: tuple[Keystead, MailServer],
) -> None:
    keystead, _ = told
    key = keystead.create_user("app", administrator=True)
    keystead.client("iam", key).create_user(UserName="planted")
    made = keystead.client("sts", key).get_session_token()["Credentials"]
    assert keystead.command("leak", "list")["leak_reports"] == []
    post(keystead, {"ids": [key.id], "url": PLACE})
    (report,) = reports(keystead, 1)
    shown = keystead.command("leak", "show", report["report_id"])
    assert [event["action"] for event in shown["created"]] == ["CreateUser"]
    assert shown["uses"][0]["is_new"] and shown["status"] == "Active" and shown["is_complete"]
    answered = keystead.command("leak", "respond", report["report_id"])
    assert answered["state"] == "contained" and "--status Active" in answered["next"]
    assert not works(keystead, key)
    with pytest.raises(CommandFailed) as refused:
        keystead.command("leak", "respond", report["report_id"], "--contain", "dismiss")
    assert "`reason`" in refused.value.stderr
    sts = keystead.client("sts", Key(made["AccessKeyId"], made["SecretAccessKey"]), attempts=1)
    sts._request_signer._credentials.token = made["SessionToken"]
    with pytest.raises(ClientError):
        sts.get_caller_identity()
    deadline = time.monotonic() + 90
    while reports(keystead, 1)[0]["state"] != "confirmed":
        assert time.monotonic() < deadline
        time.sleep(1)


def test_reports_of_another_account_are_not_there(told: tuple[Keystead, MailServer]) -> None:
    keystead, _ = told
    key = keystead.create_user("app")
    post(keystead, {"ids": [key.id]})
    (report,) = reports(keystead, 1)
    keystead.stop()
    made = keystead.account("create", "--root-email", f"{uuid.uuid4().hex}@example.com", "--root-key")
    keystead.start()
    other = Key.of_root(made)
    assert keystead.command("leak", "list", key=other) == {"leak_reports": []}
    for arguments in (("show", report["report_id"]), ("respond", report["report_id"], "--contain", "now")):
        with pytest.raises(CommandFailed) as refused:
            keystead.command("leak", *arguments, key=other)
        assert refused.value.code == 3
    assert works(keystead, key)


def test_github_is_believed_by_its_signature_and_told_what_it_found(
    new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    github, pins = GitHub(), tmp_path / "keys.json"
    pins.write_text(github.document)
    keystead = new_keystead()
    # Even where proven keys are contained at once, an id that somebody pushed to a public place is no proof.
    keystead.start("--github-public-keys", str(pins), "--on-proven", "emergency")
    known, named = keystead.create_user("app"), keystead.create_user("other")
    tokens = [known.id, "AKIA" + "B" * 16, f"{named.id}:{known.secret}"]
    alerts = [{"token": token, "type": "keystead_key", "url": f"https://github.example/{n}", "source": "content"}
              for n, token in enumerate(tokens)]
    body = json.dumps(alerts).encode()
    status, answer = post(keystead, body, **github.headers(body))
    told = [(label["token_type"], label["token_hash"], label["label"]) for label in json.loads(answer)]
    digests = [hashlib.sha256(token.encode()).hexdigest() for token in tokens]
    assert (status, told) == (200, [
        ("keystead_key", digests[0], "true_positive"),
        ("keystead_key", digests[1], "false_positive"),
        # The secret beside it is another key's, so it is as if none were there.
        ("keystead_key", digests[2], "true_positive"),
    ])
    for report in reports(keystead, 2):
        assert (report["is_proven"], report["proven_by"], report["state"]) == (True, "sender", "open")
    # The same body with another's signature, or with this one's over another body, is anybody's.
    stolen = github.headers(b"[]")
    for headers in (GitHub().headers(body), stolen, {**stolen, "Github-Public-Key-Identifier": "k2"}):
        assert post(keystead, body, **headers) == (202, b'{"accepted":true}')
    assert works(keystead, known) and works(keystead, named)


def test_a_proven_key_is_contained_at_once_where_the_operator_says_so_and_no_other(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start("--on-proven", "emergency")
    key, other = keystead.create_user("app"), keystead.create_user("other")
    post(keystead, f"{other.id} {key.secret}".encode())
    assert reports(keystead, 1)[0]["state"] == "open"
    post(keystead, f"{key.id} {key.secret}".encode())
    report = next(report for report in reports(keystead, 2) if report["access_key_id"] == key.id)
    assert (report["state"], report["proven_by"]) == ("contained", "secret") and "on_proven" in report["answered_by"]
    assert not works(keystead, key) and works(keystead, other)
    # Where it is known who uses it, these are given another first.
    kept = keystead.create_user("kept")
    adopted = ("managed", "adopt", "kept", "--user-name", "kept", "--access-key-id", kept.id)
    keystead.command(*adopted, stdin=kept.secret)
    post(keystead, f"{kept.id} {kept.secret}".encode())
    report = next(report for report in reports(keystead, 3) if report["access_key_id"] == kept.id)
    assert report["state"] == "replacing"
    (rotation,) = keystead.command("rotate", "list")["rotations"]
    assert rotation["credential"] == "kept" or rotation.get("credential_name") == "kept", rotation
    events = keystead.command("audit", "list")["events"]
    assert any(shown["event"]["eventName"] == "RespondToLeak" for shown in events)


def test_keys_that_cannot_be_read_are_refused_at_start(new_keystead: Callable[[], Keystead], tmp_path: Path) -> None:
    wrong = tmp_path / "keys.json"
    wrong.write_text('{"public_keys":[{"key_identifier":"a","key":"b"}]}')
    keystead = new_keystead()
    server = keystead.launch("--github-public-keys", str(wrong))
    deadline = time.monotonic() + 20
    while server.exit_code() is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "`github_public_keys`" in keystead.log.read_text()


def test_a_report_says_what_the_key_could_do_and_what_was_done_about_it(told: tuple[Keystead, MailServer]) -> None:
    keystead, _ = told
    key, iam = keystead.create_user("app"), keystead.client("iam")
    allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}
    iam.put_user_policy(UserName="app", PolicyName="roles", PolicyDocument=json.dumps(allow))
    iam.create_group(GroupName="deployers")
    iam.attach_group_policy(GroupName="deployers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.add_user_to_group(GroupName="deployers", UserName="app")
    for name, trusted in (("deploy", f"arn:aws:iam::{keystead.account_id}:root"), ("other", iam.get_user()["User"]["Arn"])):
        if name == "other":
            iam.create_user(UserName="somebody")
            trusted = f"arn:aws:iam::{keystead.account_id}:user/somebody"
        statement = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    place = f"{PLACE}?session=abcdef"
    keystead.command("leak", "report", key.id, "--at", place)
    (report,) = reports(keystead, 1)
    assert report["url"] == f"{PLACE}?session=****"
    assert "abcdef" not in json.dumps(keystead.command("audit", "list"))
    reach = keystead.command("leak", "show", report["report_id"])["reach"]
    assert (reach["is_administrator"], reach["inline_policies"], reach["ways_up"]) == (False, ["roles"], [])
    assert [(one["group_name"], one["managed_policies"]) for one in reach["groups"]] == [
        ("deployers", ["arn:aws:iam::aws:policy/IAMReadOnlyAccess"])
    ]
    assert reach["assumable_roles"] == [f"arn:aws:iam::{keystead.account_id}:role/deploy"]
    # Whoever may write itself a policy may do everything, however it came by that.
    own = {"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "arn:aws:iam::*:user/${aws:username}"}
    iam.put_user_policy(
        UserName="app", PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": own})
    )
    reach = keystead.command("leak", "show", report["report_id"])["reach"]
    assert reach["is_administrator"] and reach["ways_up"] == ["iam:PutUserPolicy"]
    keystead.command("leak", "respond", report["report_id"], "--contain", "now")
    while not all(step["hash"] for step in keystead.command("leak", "show", report["report_id"])["receipt"]):
        time.sleep(0.3)
    receipt = keystead.command("leak", "show", report["report_id"])["receipt"]
    assert [(step["action"], bool(step["by"])) for step in receipt] == [("LeakReported", False), ("RespondToLeak", True)]
    keystead.command("audit", "verify")


def test_a_leaked_key_is_the_most_urgent_of_all(told: tuple[Keystead, MailServer]) -> None:
    keystead, _ = told
    for name in ("calm", "urgent"):
        key = keystead.create_user(name)
        keystead.command("managed", "adopt", name, "--user-name", name, "--access-key-id", key.id, stdin=key.secret)
    due = keystead.command("rotate", "next")["credentials"]
    urgent = next(one["access_key_id"] for one in due if one["credential"] == "urgent")
    assert due[0]["credential"] == "calm"
    post(keystead, {"ids": [urgent], "url": PLACE})
    (report,) = reports(keystead, 1)
    first = keystead.command("rotate", "next")["credentials"][0]
    assert first["credential"] == "urgent" and first["score"] >= 1000 and "leaked" in first["why"]
    keystead.command("leak", "respond", report["report_id"], "--contain", "dismiss", "--reason", "a test")
    assert keystead.command("rotate", "next")["credentials"][0]["credential"] == "calm"
