"""Signed requests by the ten thousand, in the file format `replay` reads.

botocore signs some four thousand requests a second, which is too few here; this does the same sums
with the day's keys kept, and checks itself against botocore on the first request of every file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.keystead import REGION, Key

FORM = "application/x-www-form-urlencoded; charset=utf-8"
USER_AGENT = "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux md/arch#x86_64 lang/python#3.11 app/bench"
# One request in so many carries a signature with a flipped bit and must be refused.
FLIPPED_EVERY = 100
# The signed headers of each request, in canonical order.
SIGNED = ("content-type", "host", "x-amz-date")


@dataclass(frozen=True)
class Request:
    """A request and the status it must be answered with."""

    path: str
    headers: list[tuple[str, str]]
    body: bytes
    expected: int = 200

    def encode(self) -> bytes:
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        head = "\r\n".join([*lines, f"content-length: {len(self.body)}", "", ""])
        return head.encode() + self.body


class Signer:
    """Signs POSTs to `/` for one service and host."""

    def __init__(self, service: str, host: str) -> None:
        now = datetime.now(timezone.utc)
        self._time = now.strftime("%Y%m%dT%H%M%SZ")
        self._scope = f"{now:%Y%m%d}/{REGION}/{service}/aws4_request"
        self._service = service
        self._host = host
        self._signing_keys: dict[str, bytes] = {}

    def headers(self, key: Key, body: bytes, content_type: str = FORM) -> list[tuple[str, str]]:
        """All headers of the request."""
        signed = list(zip(SIGNED, (content_type, self._host, self._time)))
        canonical = "".join(f"{name}:{value}\n" for name, value in signed)
        request = f"POST\n/\n\n{canonical}\n{';'.join(SIGNED)}\n{hashlib.sha256(body).hexdigest()}"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self._time}\n{self._scope}\n{digest}"
        signature = hmac.new(self._signing_key(key), text.encode(), hashlib.sha256).hexdigest()
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={key.id}/{self._scope}, "
            f"SignedHeaders={';'.join(SIGNED)}, Signature={signature}"
        )
        return [*signed, ("user-agent", USER_AGENT), ("authorization", authorization)]

    def check(self, key: Key, body: bytes, content_type: str) -> None:
        """botocore must come to the same signature."""
        request = AWSRequest(
            method="POST", url=f"http://{self._host}/", data=body, headers={"Content-Type": content_type}
        )
        request.context["timestamp"] = self._time
        auth = SigV4Auth(Credentials(key.id, key.secret), self._service, REGION)
        request.headers["X-Amz-Date"] = self._time
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        ours = dict(self.headers(key, body, content_type))["authorization"]
        assert ours.endswith(f"Signature={signature}"), "the signer of the benchmark is wrong"

    def _signing_key(self, key: Key) -> bytes:
        found = self._signing_keys.get(key.id)
        if found is None:
            found = f"AWS4{key.secret}".encode()
            for part in self._scope.split("/"):
                found = hmac.new(found, part.encode(), hashlib.sha256).digest()
            self._signing_keys[key.id] = found
        return found


@dataclass(frozen=True)
class Caller:
    """A user and its key."""

    key: Key
    user_name: str


def query_requests(host: str, calls: Iterable[tuple[Key, dict[str, str]]], flip: bool = True) -> Iterator[Request]:
    """IAM calls, each by its own key."""
    signer = Signer("iam", host)
    for number, (key, parameters) in enumerate(calls):
        body = urllib.parse.urlencode({"Version": "2010-05-08", **parameters}).encode()
        if number == 0:
            signer.check(key, body, FORM)
        headers, expected = _flipped(signer.headers(key, body), number, flip)
        yield Request("/", headers, body, expected)


def envoy_requests(host: str, token: str, callers: Iterable[Caller]) -> Iterator[Request]:
    """SQS calls as Envoy passes them on to be judged."""
    for headers, body, expected in _sqs_calls(host, callers):
        yield Request("/verify/envoy/", [*headers, ("x-keystead-verifier", token)], body, expected)


def json_requests(host: str, keystead_host: str, token: str, callers: Iterable[Caller]) -> Iterator[Request]:
    """The same calls as a service of one's own would ask about them."""
    outer = [("host", keystead_host), ("content-type", "application/json"), ("x-keystead-verifier", token)]
    for headers, body, expected in _sqs_calls(host, callers):
        question = {
            "method": "POST",
            "path": "/",
            "query": "",
            "headers": headers,
            "body_base64": base64.b64encode(body).decode(),
            "source_address": "127.0.0.1",
        }
        yield Request("/verify/v1", outer, json.dumps(question).encode(), expected)


def _sqs_calls(host: str, callers: Iterable[Caller]) -> Iterator[tuple[list[tuple[str, str]], bytes, int]]:
    signer = Signer("sqs", host)
    content_type, body = "application/x-amz-json-1.0", b'{"QueueNamePrefix":"orders"}'
    for number, caller in enumerate(callers):
        if number == 0:
            signer.check(caller.key, body, content_type)
        headers, expected = _flipped(signer.headers(caller.key, body, content_type), number, True)
        yield headers, body, expected


def _flipped(headers: list[tuple[str, str]], number: int, flip: bool) -> tuple[list[tuple[str, str]], int]:
    """One in a hundred with the last bit of its signature turned over, and the status due to it."""
    if not flip or number % FLIPPED_EVERY != FLIPPED_EVERY - 1:
        return headers, 200
    name, value = headers[-1]
    return [*headers[:-1], (name, value[:-1] + format(int(value[-1], 16) ^ 1, "x"))], 403


def write(path: Path, requests: Iterable[Request]) -> int:
    """Writes the file; how many requests are in it."""
    count = 0
    with open(path, "wb") as file:
        for request in requests:
            raw = request.encode()
            file.write(struct.pack("<IH", len(raw), request.expected) + raw)
            count += 1
    return count
