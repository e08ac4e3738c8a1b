"""The JSON adapter: another service asks whether a request may pass, and learns who sent it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from harness.keystead import Key, Keystead
from harness.signing import RawRequest, sign
from harness.verifier import ask, post

HOST = "queue.example.com"


@pytest.fixture(scope="module")
def token(keystead: Keystead) -> str:
    return keystead.command("verifier", "create", "json-tests", "--service", "sqs", "--host", HOST)["token"]


def signed(keystead: Keystead, key: Key, service: str = "sqs", host: str = HOST, **options: Any) -> RawRequest:
    return sign(key, service, keystead.port, b'{"a":1}', host=host, **options)


@pytest.fixture
def key(keystead: Keystead, user_name: str) -> Key:
    return keystead.create_user(user_name)


def test_a_good_request_is_allowed_and_its_sender_named(
    keystead: Keystead, token: str, key: Key, user_name: str
) -> None:
    status, verdict = ask(keystead, token, signed(keystead, key))
    assert status == 200
    assert verdict["allowed"] is True
    assert verdict["account_id"] == keystead.account_id
    assert verdict["arn"] == f"arn:aws:iam::{keystead.account_id}:user/{user_name}"
    assert verdict["access_key_id"] == key.id
    assert (verdict["service"], verdict["region"]) == ("sqs", "us-east-1")
    assert verdict["user_id"].startswith("AIDA")


def test_a_verdict_never_carries_a_secret_or_a_token(keystead: Keystead, token: str, key: Key) -> None:
    _, verdict = ask(keystead, token, signed(keystead, key))
    assert key.secret not in json.dumps(verdict)
    expected = {"allowed", "account_id", "arn", "user_id", "access_key_id", "service", "region"}
    assert set(verdict) <= expected


def test_a_flipped_signature_or_another_body_is_denied(keystead: Keystead, token: str, key: Key) -> None:
    request = signed(keystead, key)
    for refused in (
        ask(keystead, token, request.with_flipped_signature()),
        ask(keystead, token, request, body_base64=base64.b64encode(b'{"a":2}').decode()),
        ask(keystead, token, request, method="PUT"),
        ask(keystead, token, request, path="/other"),
        ask(keystead, token, request, query="a=1"),
    ):
        assert refused[0] == 403
        assert (refused[1]["allowed"], refused[1]["code"]) == (False, "SignatureDoesNotMatch")


def test_a_key_switched_off_is_denied_on_the_very_next_question(
    keystead: Keystead, token: str, key: Key, user_name: str
) -> None:
    request = signed(keystead, key)
    assert ask(keystead, token, request)[0] == 200
    iam = keystead.client("iam")
    iam.update_access_key(UserName=user_name, AccessKeyId=key.id, Status="Inactive")
    status, verdict = ask(keystead, token, request)
    assert (status, verdict["code"]) == (403, "InvalidClientTokenId")


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        *(({"service": service}, 403) for service in ("sns", "iam", "sts", "keystead")),
        ({"host": "other.example.com"}, 421),
    ],
)
def test_a_verifier_is_bound_to_its_services_and_hosts(
    keystead: Keystead, token: str, key: Key, change: dict[str, str], wanted: int
) -> None:
    status, verdict = ask(keystead, token, signed(keystead, key, **change))
    assert (status, verdict["allowed"]) == (wanted, False)
    assert "arn" not in verdict


def test_a_verifier_without_a_right_token_learns_nothing(keystead: Keystead, token: str, key: Key) -> None:
    request = signed(keystead, key)
    for wrong in (None, "", "x" * len(token), token[:-1], f"{token}x"):
        status, verdict = ask(keystead, wrong, request)
        assert status in (401, 403)
        assert "arn" not in verdict


def test_a_deleted_verifier_is_refused_on_the_very_next_question(keystead: Keystead, key: Key) -> None:
    made = keystead.command("verifier", "create", "short-lived", "--service", "sqs", "--host", HOST)
    assert ask(keystead, made["token"], signed(keystead, key))[0] == 200
    keystead.command("verifier", "delete", made["verifier_id"])
    assert ask(keystead, made["token"], signed(keystead, key))[0] in (401, 403)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"method":1}', b"\xff\xfe", b"[" * 100_000])
def test_a_question_that_makes_no_sense_is_refused(keystead: Keystead, token: str, body: bytes) -> None:
    status, _ = post(keystead, token, body)
    assert 400 <= status < 500


def test_who_uses_a_key_is_told_apart_by_application(keystead: Keystead, token: str, key: Key) -> None:
    for application in ("billing", "search"):
        request = signed(keystead, key, headers={"User-Agent": f"Boto3/1.44.5 app/{application}"})
        assert ask(keystead, token, request)[0] == 200
    uses = keystead.command("key", "uses", key.id)["consumers"]
    assert {use["app_id"] for use in uses} == {"billing", "search"}
    assert {use["service"] for use in uses} == {"sqs"}
