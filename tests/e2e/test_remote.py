"""A key at another IAM is rotated over signed calls: at moto, and at a second Keystead, which verifies them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import boto3
import pytest
from harness.cloud_proxy import Answered, CloudProxy
from harness.keystead import REGION, CommandFailed, Key, Keystead, binary
from harness.process import Child, free_port, wait_until

CREDENTIAL = "elsewhere"
ENDS = {"done", "rolled back"}


@pytest.fixture
def moto(tmp_path: Path) -> Iterator[str]:
    """A moto server with a user `app`; the address."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    program = [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    server = Child("moto", program, tmp_path / "moto.log", environment=dict(os.environ))
    iam = boto3.client("iam", REGION, endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="y")

    def answers() -> bool:
        try:
            return bool(iam.create_user(UserName="app"))
        except Exception:  # noqa: BLE001
            return False

    server.wait_until(answers, 60, "moto answers")
    yield url
    server.stop()


def rotate(manager: Keystead, url: str, key: Key) -> tuple[Key, dict]:
    """Adopts `key` of the user `app` at `url`, rotates it with one consumer, answers what is asked."""
    manager.start("--endpoint", url)
    where = ("--user-name", "app", "--access-key-id", key.id, "--endpoint", url, "--region", REGION)
    manager.command("managed", "adopt", CREDENTIAL, *where, "--profile", "demo", stdin=key.secret)
    token_file = manager.folder / "token"
    kind = ("--kind", "credential-process", "--token-file", str(token_file))
    manager.command("consumer", "enroll", CREDENTIAL, "web", *kind)
    assert fetch(manager, token_file) == key
    rotation_id = manager.command("rotate", "start", CREDENTIAL)["rotation_id"]

    def has_ended() -> dict | None:
        rotation = manager.command("rotate", "status", rotation_id)
        if rotation["state"] == "blocked":
            # The endpoint does not say who uses a key, so a person has to take their silence for enough.
            assert "does not say who" in rotation["sentence"], rotation
            # Approved a moment ago, it may have gone on since it was looked at.
            with suppress(CommandFailed):
                manager.command("rotate", "approve", rotation_id)
        return rotation if rotation["state"] in ENDS else None

    rotation = wait_until(has_ended, 120, "the rotation ends")
    return fetch(manager, token_file), rotation


def fetch(manager: Keystead, token_file: Path) -> Key:
    """What the consumer is given, as an SDK would ask for it."""
    command = [str(binary()), "credential-process", "--token-file", str(token_file), "--url", manager.url]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)
    return Key(answer["AccessKeyId"], answer["SecretAccessKey"])


@pytest.mark.timeout(240)
def test_a_key_at_moto_is_rotated(moto: str, new_keystead: Callable[[], Keystead]) -> None:
    iam = boto3.client("iam", REGION, endpoint_url=moto, aws_access_key_id="x", aws_secret_access_key="y")
    made = iam.create_access_key(UserName="app")["AccessKey"]
    old = Key(made["AccessKeyId"], made["SecretAccessKey"])
    new, rotation = rotate(new_keystead(), moto, old)
    assert rotation["state"] == "done"
    listed = iam.list_access_keys(UserName="app")["AccessKeyMetadata"]
    assert [(key["AccessKeyId"], key["Status"]) for key in listed] == [(new.id, "Active")]
    assert new.id != old.id


@pytest.mark.timeout(240)
def test_a_key_at_another_keystead_is_rotated_and_the_new_one_works(
    new_keystead: Callable[[], Keystead],
) -> None:
    authority, manager = new_keystead(), new_keystead()
    authority.start()
    old = authority.create_user("app", administrator=True)
    new, rotation = rotate(manager, authority.url, old)
    assert rotation["state"] == "done"
    assert authority.client("sts", new).get_caller_identity()["Arn"].endswith(":user/app")
    listed = authority.client("iam").list_access_keys(UserName="app")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in listed] == [new.id]


def test_what_an_endpoint_can_do_is_asked_and_not_assumed(moto: str, new_keystead: Callable[[], Keystead]) -> None:
    iam = boto3.client("iam", REGION, endpoint_url=moto, aws_access_key_id="x", aws_secret_access_key="y")
    made = iam.create_access_key(UserName="app")["AccessKey"]
    code = "<ErrorResponse><Error><Code>{}</Code><Message>No.</Message></Error></ErrorResponse>"
    refusals = {
        "UpdateAccessKey": Answered(code.format("InvalidAction").encode(), 400),
        "GetAccessKeyLastUsed": Answered(code.format("InvalidAction").encode(), 400),
        "GetAccountSummary": Answered(code.format("AccessDenied").encode(), 403),
    }
    lesser = CloudProxy(moto, lambda asked: refusals.get(asked.action))
    manager = new_keystead()
    manager.start("--endpoint", moto, "--endpoint", lesser.url)
    for name, url in [("whole", moto), ("lesser", lesser.url)]:
        where = ("--user-name", "app", "--access-key-id", made["AccessKeyId"], "--endpoint", url, "--region", REGION)
        manager.command("managed", "adopt", name, *where, stdin=made["SecretAccessKey"])
    whole, less = (manager.command("managed", "show", name) for name in ("whole", "lesser"))
    assert whole["capabilities"] == {"keys_per_user": 2, "can_deactivate": True, "tells_last_use": True}
    assert whole["warnings"] == []
    # What a missing permission hides is not known, and not taken for missing.
    assert less["capabilities"] == {"keys_per_user": None, "can_deactivate": False, "tells_last_use": False}
    assert ["no way back" in less["warnings"][0], "waits for other evidence" in less["warnings"][1]] == [True, True]
    assert iam.list_access_keys(UserName="app")["AccessKeyMetadata"][0]["Status"] == "Active"
    lesser.close()


def test_a_wrong_secret_and_an_endpoint_nobody_let_in_are_refused(
    new_keystead: Callable[[], Keystead],
) -> None:
    authority, manager = new_keystead(), new_keystead()
    authority.start()
    key = authority.create_user("app")
    manager.start("--endpoint", authority.url)

    def adopt(url: str, secret: str) -> str:
        where = ("--user-name", "app", "--access-key-id", key.id, "--endpoint", url, "--region", REGION)
        with pytest.raises(CommandFailed) as failure:
            manager.command("managed", "adopt", CREDENTIAL, *where, stdin=secret)
        return failure.value.stderr

    assert "does not accept" in adopt(authority.url, key.secret[::-1])
    assert "has not let" in adopt("http://127.0.0.1:1", key.secret)
    assert manager.command("managed", "list")["credentials"] == []
