"""A real Envoy asks Keystead about every request before the service sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from harness.envoy import Envoy
from harness.keystead import Key, Keystead
from harness.queue_service import QUEUE_URL, QueueService
from harness.signing import send, sign


@dataclass
class Guarded:
    """A service behind Envoy, and a key that may be used with it."""

    envoy: Envoy
    service: QueueService
    key: Key


@pytest.fixture(scope="module")
def guarded(keystead: Keystead, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with QueueService() as service, Envoy(tmp_path_factory.mktemp("envoy")) as envoy:
        made = keystead.command(
            *("verifier", "create", "envoy-tests", "--service", "sqs", "--service", "sns"),
            *("--host", envoy.host, "--trust-forwarded"),
        )
        envoy.start(keystead.port, made["token"], service.port)
        yield Guarded(envoy, service, keystead.create_user("behind-envoy"))


def test_a_request_of_boto3_reaches_the_service_with_the_facts_about_its_sender(
    keystead: Keystead, guarded: Guarded
) -> None:
    sqs = keystead.client("sqs", guarded.key, guarded.envoy.url)
    assert sqs.list_queues()["QueueUrls"] == [QUEUE_URL]
    facts = guarded.service.served[-1].headers
    assert facts["x-keystead-arn"] == f"arn:aws:iam::{keystead.account_id}:user/behind-envoy"
    assert facts["x-keystead-account-id"] == keystead.account_id
    assert facts["x-keystead-access-key-id"] == guarded.key.id
    assert "x-keystead-verifier" not in facts


def test_a_flipped_signature_never_reaches_the_service(guarded: Guarded) -> None:
    before = len(guarded.service.served)
    request = sign(guarded.key, "sqs", guarded.envoy.port, b"{}").with_flipped_signature()
    reply = send(guarded.envoy.port, request)
    assert (reply.status, reply.error_code) == (403, "SignatureDoesNotMatch")
    assert len(guarded.service.served) == before


def test_boto3_understands_the_refusal(keystead: Keystead, guarded: Guarded) -> None:
    wrong = Key(guarded.key.id, "x" * 40)
    # SNS speaks the Query protocol, with its errors in XML; SQS speaks JSON.
    with pytest.raises(ClientError) as error:
        keystead.client("sns", wrong, guarded.envoy.url, attempts=1).list_topics()
    assert error.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    with pytest.raises(ClientError) as error:
        keystead.client("sqs", wrong, guarded.envoy.url, attempts=1).list_queues()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert "SignatureDoesNotMatch" in str(error.value.response["Error"])


def test_facts_a_client_claims_are_replaced_or_dropped(keystead: Keystead, guarded: Guarded) -> None:
    request = (
        sign(guarded.key, "sqs", guarded.envoy.port, b"{}")
        .with_extra_header("X-Keystead-Arn", "arn:aws:iam::000000000000:root")
        .with_extra_header("x-keystead-account-id", "000000000000")
        .with_extra_header("X-Keystead-Anything", "forged")
        .with_extra_header("X-Keystead-Verifier", "forged")
    )
    assert send(guarded.envoy.port, request).status == 200
    facts = guarded.service.served[-1].headers
    assert facts["x-keystead-arn"] == f"arn:aws:iam::{keystead.account_id}:user/behind-envoy"
    assert facts["x-keystead-account-id"] == keystead.account_id
    assert "forged" not in facts.values()


@pytest.mark.parametrize(
    "target",
    [
        *("/a%2Fb/c", "/a%2fb", "/a/%2e%2e/b", "/a/%2E/b", "//x//y", "/x//", "/a/../b", "/./x", "/a/.."),
        *("/?b=2&a=1&a=0", "/?a&b=&c", "/?a=%2F&b=+", "/?a=1&&b=2", "/?%61=1&a=2", "/?=x", "/?"),
        *("/%E2%82%AC", "/a%20b", "/a+b", "/a;b=c", "/a:b@c", "/~user/-_.", "/a%7Eb", "/100%25", "/%"),
    ],
)
def test_the_path_that_was_judged_is_the_path_that_is_served(guarded: Guarded, target: str) -> None:
    """A signature made by botocore over this target either passes with the target untouched, or not at all."""
    before = len(guarded.service.served)
    request = sign(guarded.key, "sqs", guarded.envoy.port, method="GET", path=target, headers={})
    status = send(guarded.envoy.port, request).status
    served = guarded.service.served[before:]
    if status == 200:
        assert [one.target for one in served] == [target]
    else:
        assert 400 <= status < 500
        assert served == []


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        *(("/a/b", "/a%2Fb"), ("/b", "/a/../c"), ("/a", "/A"), ("/a%2Fb", "/a/b"), ("/?a=1", "/?a=1&b=2")),
        *(("/?a=1&b=2", "/?a=2&b=1"), ("/private", "/public"), ("/?a=b", "/?a=%2562"), ("/a", "/a%00")),
    ],
)
def test_another_path_than_the_signed_one_is_refused(guarded: Guarded, signed: str, sent: str) -> None:
    before = len(guarded.service.served)
    request = sign(guarded.key, "sqs", guarded.envoy.port, method="GET", path=signed, headers={})
    bent = type(request)(request.method, sent, request.headers)
    assert 400 <= send(guarded.envoy.port, bent).status < 500
    assert len(guarded.service.served) == before


def test_a_service_the_verifier_does_not_speak_for_is_refused(guarded: Guarded) -> None:
    for service in ("s3", "iam", "sts", "keystead"):
        reply = send(guarded.envoy.port, sign(guarded.key, service, guarded.envoy.port, b"{}"))
        assert reply.status == 403


def test_a_request_signed_for_another_host_is_refused(guarded: Guarded) -> None:
    before = len(guarded.service.served)
    request = sign(guarded.key, "sqs", guarded.envoy.port, b"{}", host="elsewhere.example.com")
    assert send(guarded.envoy.port, request).status == 421
    assert len(guarded.service.served) == before


def test_nobody_passes_while_keystead_is_down(new_keystead, tmp_path: Path) -> None:
    keystead: Keystead = new_keystead()
    keystead.start()
    key = keystead.create_user("someone")
    with QueueService() as service, Envoy(tmp_path) as envoy:
        made = keystead.command("verifier", "create", "envoy", "--service", "sqs", "--host", envoy.host)
        envoy.start(keystead.port, made["token"], service.port)
        assert send(envoy.port, sign(key, "sqs", envoy.port, b"{}")).status == 200
        keystead.kill()
        assert send(envoy.port, sign(key, "sqs", envoy.port, b"{}")).status == 503
        keystead.start()
        assert send(envoy.port, sign(key, "sqs", envoy.port, b"{}")).status == 200
        assert len(service.served) == 2
