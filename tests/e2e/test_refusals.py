"""Requests that must be refused: the error AWS would give, and never a 5xx."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from harness.keystead import Key, Keystead
from harness.signing import FORM, RawRequest, Reply, form, send, sign

WHO_AM_I = form("GetCallerIdentity", version="2011-06-15")


def who_am_i(keystead: Keystead, **options: object) -> RawRequest:
    return sign(keystead.root, "sts", keystead.port, WHO_AM_I, **options)  # type: ignore[arg-type]


def check(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.error_code) == (status, code), reply.body
    assert reply.headers["content-type"].startswith("text/xml")
    assert reply.headers["x-amzn-requestid"]


def test_the_unbent_request_is_answered(keystead: Keystead) -> None:
    assert send(keystead.port, who_am_i(keystead)).status == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "MissingAction"),
        (b"Version=2010-05-08", 400, "MissingAction"),
        (b"Action=NoSuchAction&Version=2010-05-08", 400, "InvalidAction"),
        (b"Action=GetUser&Version=1999-01-01", 400, "InvalidAction"),
        (b"Action=GetUser&Version=2010-05-08&UserName=%zz", 400, "MalformedQueryString"),
        (b"Action=GetUser&Version=2010-05-08&UserName=%", 400, "MalformedQueryString"),
        (b"Action=GetUser&Version=2010-05-08&UserName=%ff%fe", 400, "MalformedQueryString"),
        (b"\x00\xff\xfe not a form", 400, "MalformedQueryString"),
        (b"Action=GetUser&Action=DeleteUser&Version=2010-05-08", 400, "MalformedQueryString"),
        (b"Action=GetUser&%41ction=DeleteUser&Version=2010-05-08", 400, "MalformedQueryString"),
        (b"Action=GetUser&Version=2010-05-08&UserName=a&UserName=b", 400, "MalformedQueryString"),
        (b"Action=CreateUser&Version=2010-05-08", 400, "ValidationError"),
        (b"Action=CreateUser&Version=2010-05-08&UserName=a%20b", 400, "ValidationError"),
        (b"Action=ListUsers&Version=2010-05-08&MaxItems=many", 400, None),
        (b"Action=ListUsers&Version=2010-05-08&MaxItems=0", 400, "ValidationError"),
        (b"Action=ListUsers&Version=2010-05-08&Marker=nonsense", 400, "ValidationError"),
        (b"Action=GetUser&Version=2010-05-08&UserName=nobody", 404, "NoSuchEntity"),
    ],
)
def test_a_body_that_makes_no_sense_gets_the_error_of_aws(
    keystead: Keystead, body: bytes, status: int, code: str | None
) -> None:
    reply = send(keystead.port, sign(keystead.root, "iam", keystead.port, body))
    check(reply, status, code or reply.error_code)


def test_a_body_over_the_limit_is_refused(keystead: Keystead) -> None:
    body = form("GetUser", UserName="a" * (2 * 1024 * 1024))
    assert send(keystead.port, sign(keystead.root, "iam", keystead.port, body)).status == 413


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_a_body_of_another_type_is_not_read_as_a_form(keystead: Keystead, content_type: str) -> None:
    reply = send(keystead.port, who_am_i(keystead, headers={"Content-Type": content_type}))
    assert 400 <= reply.status < 500
    assert reply.error_code


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_sixteen_minutes_off_is_refused(keystead: Keystead, minutes: int) -> None:
    reply = send(keystead.port, who_am_i(keystead, clock_offset=timedelta(minutes=minutes)))
    check(reply, 403, "SignatureDoesNotMatch")
    assert "15 min." in reply.error_message


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_fourteen_minutes_off_is_accepted(keystead: Keystead, minutes: int) -> None:
    assert send(keystead.port, who_am_i(keystead, clock_offset=timedelta(minutes=minutes))).status == 200


def test_every_flipped_bit_of_a_signature_is_refused(keystead: Keystead) -> None:
    request = who_am_i(keystead)
    for digit in range(64):
        for bit in (1, 2, 4, 8):
            check(send(keystead.port, request.with_flipped_signature(digit, bit)), 403, "SignatureDoesNotMatch")


def test_a_key_nobody_has_is_refused(keystead: Keystead) -> None:
    stranger = Key("AKIAIOSFODNN7EXAMPLE", keystead.root.secret)
    reply = send(keystead.port, sign(stranger, "sts", keystead.port, WHO_AM_I))
    check(reply, 403, "InvalidClientTokenId")


def test_the_wrong_secret_is_refused(keystead: Keystead) -> None:
    reply = send(keystead.port, sign(Key(keystead.root.id, "x" * 40), "sts", keystead.port, WHO_AM_I))
    check(reply, 403, "SignatureDoesNotMatch")


def test_another_body_under_the_same_signature_is_refused(keystead: Keystead) -> None:
    signed = sign(keystead.root, "iam", keystead.port, form("GetUser"))
    bent = RawRequest(signed.method, signed.path, signed.headers, signed.body.replace(b"GetUser", b"PutUser"))
    check(send(keystead.port, bent), 403, "SignatureDoesNotMatch")


Bend = Callable[[RawRequest], RawRequest]


@pytest.mark.parametrize(
    ("bend", "status", "code"),
    [
        pytest.param(
            lambda request: request.without_header("Authorization"),
            *(403, "MissingAuthenticationToken"),
            id="no credentials",
        ),
        pytest.param(
            lambda request: RawRequest(
                request.method, "/?X-Amz-Credential=a&X-Amz-Signature=b", request.headers, request.body
            ),
            *(403, None),
            id="credentials twice",
        ),
        pytest.param(
            lambda request: request.with_extra_header("X-Amz-Target", "Anything"),
            *(403, "SignatureDoesNotMatch"),
            id="x-amz header not signed",
        ),
        pytest.param(
            lambda request: request.with_extra_header("X-Amz-Date", request.header("x-amz-date")),
            *(400, "IncompleteSignature"),
            id="signed header twice",
        ),
        pytest.param(
            lambda request: request.with_extra_header("Authorization", request.header("authorization")),
            *(400, "IncompleteSignature"),
            id="authorization twice",
        ),
        pytest.param(
            lambda request: request.with_header("Authorization", "AWS4-HMAC-SHA256 Credential=x"),
            *(400, "IncompleteSignature"),
            id="half an authorization",
        ),
        pytest.param(
            lambda request: request.with_header("Authorization", "Basic cm9vdDpyb290"),
            *(400, "IncompleteSignature"),
            id="another scheme",
        ),
        pytest.param(
            lambda request: request.with_header("X-Amz-Date", "yesterday"),
            *(400, "IncompleteSignature"),
            id="no date",
        ),
        pytest.param(
            lambda request: request.with_header(
                "Authorization", request.header("authorization").replace("content-type;host;", "content-type;")
            ),
            *(403, "SignatureDoesNotMatch"),
            id="host not signed",
        ),
        pytest.param(
            lambda request: request.with_header(
                "Authorization", request.header("authorization").replace("/us-east-1/", "/us-west-2/")
            ),
            *(403, "SignatureDoesNotMatch"),
            id="another region",
        ),
        pytest.param(
            lambda request: request.with_header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
            *(403, "SignatureDoesNotMatch"),
            id="payload form not signed",
        ),
    ],
)
def test_a_bent_signature_is_refused(keystead: Keystead, bend: Bend, status: int, code: str | None) -> None:
    reply = send(keystead.port, bend(who_am_i(keystead)))
    check(reply, status, code or reply.error_code)


@pytest.mark.parametrize(
    "form_of_payload",
    [
        *("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        *("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "", "0", "e3b0", "anything"),
    ],
)
def test_a_signed_payload_form_that_is_not_a_hash_is_refused(keystead: Keystead, form_of_payload: str) -> None:
    request = who_am_i(keystead, headers={"Content-Type": FORM, "X-Amz-Content-Sha256": form_of_payload})
    check(send(keystead.port, request), 400, "IncompleteSignature")


def test_a_request_signed_for_another_host_is_misdirected(keystead: Keystead) -> None:
    check(send(keystead.port, who_am_i(keystead, host="iam.example.com")), 421, "MisdirectedRequest")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello \r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /?Action=GetCallerIdentity;Action=x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"DELETE / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n",
        b"GET /%00/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_of_ours_never_cause_a_server_error(keystead: Keystead, raw: bytes) -> None:
    try:
        status = send(keystead.port, raw).status
    except (ConnectionError, OSError, ValueError):
        status = None  # Closing the connection is an answer too.
    except Exception as error:  # noqa: BLE001 - http.client has its own for a reply cut short
        assert type(error).__module__ == "http.client"
        status = None
    assert status is None or 400 <= status < 500
    assert keystead.is_ready()
