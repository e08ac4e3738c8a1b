"""Writes of the REST API that their clients name by an idempotency key, so that they may ask again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from harness.keystead import Key, Keystead
from harness.signing import Reply, send, sign

CREDENTIALS = "/api/v1/credentials"


def post(keystead: Keystead, path: str, body: Any, key: Key | None = None, **headers: str) -> Reply:
    """Asks at a moment of its own, so that no two requests have the same signature."""
    post.moment -= timedelta(seconds=1)  # type: ignore[attr-defined]
    request = sign(
        *(key or keystead.root, "keystead", keystead.port, json.dumps(body).encode()),
        path=path,
        headers={"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()},
        clock_offset=post.moment,  # type: ignore[attr-defined]
    )
    return send(keystead.port, request)


post.moment = timedelta()  # type: ignore[attr-defined]


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, json.loads(reply.body)["code"]


@pytest.fixture
def wanted(keystead: Keystead, user_name: str) -> dict[str, str]:
    """A credential to be created."""
    keystead.client("iam").create_user(UserName=user_name)
    return {"name": user_name, "user_name": user_name}


def keys_of(keystead: Keystead, user_name: str) -> int:
    return len(keystead.client("iam").list_access_keys(UserName=user_name)["AccessKeyMetadata"])


def test_the_same_request_under_the_same_key_has_one_effect_and_one_answer(
    keystead: Keystead, wanted: dict[str, str]
) -> None:
    name = uuid.uuid4().hex
    first, again = (post(keystead, CREDENTIALS, wanted, Idempotency_Key=name) for _ in range(2))
    assert (first.status, again.status) == (200, 200)
    assert first.body == again.body
    assert code(post(keystead, CREDENTIALS, wanted)) == (409, "EntityAlreadyExists")
    assert keys_of(keystead, wanted["user_name"]) == 1


def test_many_at_once_have_one_effect(keystead: Keystead, wanted: dict[str, str]) -> None:
    name = uuid.uuid4().hex
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(post, keystead, CREDENTIALS, wanted, Idempotency_Key=name) for _ in range(16)]
    assert len({each.result().body for each in asked}) == 1
    assert keys_of(keystead, wanted["user_name"]) == 1


def test_another_request_under_the_same_key_is_refused(keystead: Keystead, wanted: dict[str, str]) -> None:
    name = uuid.uuid4().hex
    assert post(keystead, CREDENTIALS, wanted, Idempotency_Key=name).status == 200
    for path, body in [
        (CREDENTIALS, wanted | {"name": f"{wanted['name']}-b"}),
        ("/api/v1/rotations", {"credential": wanted["name"]}),
    ]:
        refused = post(keystead, path, body, Idempotency_Key=name)
        assert code(refused) == (422, "IdempotentParameterMismatch")
        assert "key of its own" in json.loads(refused.body)["detail"]
    assert keys_of(keystead, wanted["user_name"]) == 1


def test_a_refused_request_leaves_its_key_free(keystead: Keystead, wanted: dict[str, str]) -> None:
    name = uuid.uuid4().hex
    bad = post(keystead, CREDENTIALS, wanted | {"user_name": "nobody"}, Idempotency_Key=name)
    assert code(bad) == (404, "NoSuchEntity")
    assert post(keystead, CREDENTIALS, wanted, Idempotency_Key=name).status == 200


def test_a_key_means_nothing_to_anybody_else(keystead: Keystead, wanted: dict[str, str], user_name: str) -> None:
    name = uuid.uuid4().hex
    other = keystead.create_user(f"{user_name}-other", administrator=True)
    assert post(keystead, CREDENTIALS, wanted, Idempotency_Key=name).status == 200
    assert code(post(keystead, CREDENTIALS, wanted, other, Idempotency_Key=name)) == (409, "EntityAlreadyExists")


def test_a_secret_is_never_given_twice(keystead: Keystead, user_name: str) -> None:
    wanted = {"name": user_name, "services": ["sqs"], "hosts": ["queue.example"]}
    name = uuid.uuid4().hex
    first, again = (post(keystead, "/api/v1/verifiers", wanted, Idempotency_Key=name) for _ in range(2))
    token = json.loads(first.body)["token"]
    assert code(again) == (409, "ConcurrentModification")
    assert token.encode() not in again.body


@pytest.mark.parametrize("name", ["", "x" * 65, "two words", "smörgås"])
def test_a_key_that_is_none_is_refused(keystead: Keystead, wanted: dict[str, str], name: str) -> None:
    request = sign(
        *(keystead.root, "keystead", keystead.port, json.dumps(wanted).encode()),
        path=CREDENTIALS,
        headers={"Content-Type": "application/json"},
    )
    raw = request.with_header("Idempotency-Key", "PLACE").encode().replace(b"PLACE", name.encode())
    refused = send(keystead.port, raw)
    assert code(refused) == (400, "ValidationError")
    assert "`Idempotency-Key`" in json.loads(refused.body)["detail"]



def test_a_key_that_is_not_signed_is_refused(keystead: Keystead, wanted: dict[str, str]) -> None:
    request = sign(
        *(keystead.root, "keystead", keystead.port, json.dumps(wanted).encode()),
        path=CREDENTIALS,
        headers={"Content-Type": "application/json"},
    )
    refused = send(keystead.port, request.with_extra_header("Idempotency-Key", "mine"))
    assert code(refused) == (403, "SignatureDoesNotMatch")
    assert keys_of(keystead, wanted["user_name"]) == 0


def test_answers_are_remembered_over_a_restart(new_keystead: Callable[[], Keystead], user_name: str) -> None:
    keystead = new_keystead()
    keystead.start()
    keystead.client("iam").create_user(UserName=user_name)
    wanted = {"name": user_name, "user_name": user_name}
    first = post(keystead, CREDENTIALS, wanted, Idempotency_Key="mine")
    keystead.kill()
    keystead.start()
    assert post(keystead, CREDENTIALS, wanted, Idempotency_Key="mine").body == first.body
