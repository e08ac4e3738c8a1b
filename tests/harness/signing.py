"""Raw requests signed by botocore, to be bent before they are sent, and the replies to them."""

from __future__ import annotations

import http.client
import socket
import urllib.parse
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from unittest import mock

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .keystead import REGION, Key

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True)
class RawRequest:
    """A request as it goes over the wire, `Host` and `Content-Length` included."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str:
        return next(value for key, value in self.headers if key.lower() == name.lower())

    def with_header(self, name: str, value: str) -> RawRequest:
        """The same request with this header in the place of any other of its name."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))

    def with_extra_header(self, name: str, value: str) -> RawRequest:
        return replace(self, headers=(*self.headers, (name, value)))

    def without_header(self, name: str) -> RawRequest:
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() != name.lower()))

    def with_flipped_signature(self, digit: int = 0, bit: int = 1) -> RawRequest:
        """One bit of one hex digit of the signature turned over."""
        start, signature = self.header("authorization").rsplit("Signature=", 1)
        flipped = format(int(signature[digit], 16) ^ bit, "x")
        signature = signature[:digit] + flipped + signature[digit + 1 :]
        return self.with_header("Authorization", f"{start}Signature={signature}")

    def encode(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    headers: http.client.HTTPMessage = field(repr=False)
    body: bytes

    @property
    def error_code(self) -> str:
        """The `<Code>` of an AWS error in XML."""
        return self._text("Code")

    @property
    def error_message(self) -> str:
        return self._text("Message")

    def _text(self, name: str) -> str:
        for element in ElementTree.fromstring(self.body).iter():
            if element.tag.rpartition("}")[2] == name:
                return element.text or ""
        raise AssertionError(f"no <{name}> in {self.body!r}")


def sign(
    key: Key,
    service: str,
    port: int,
    body: bytes = b"",
    method: str = "POST",
    path: str = "/",
    headers: dict[str, str] | None = None,
    clock_offset: timedelta = timedelta(),
    host: str | None = None,
) -> RawRequest:
    """A request signed by botocore as if its clock were `clock_offset` ahead."""
    host = host or f"127.0.0.1:{port}"
    headers = {"Content-Type": FORM} if headers is None else headers
    request = AWSRequest(method=method, url=f"http://{host}{path}", data=body, headers=headers)
    now = datetime.now(timezone.utc) + clock_offset
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        SigV4Auth(Credentials(key.id, key.secret), service, REGION).add_auth(request)
    signed = [("Host", host), *request.headers.items()]
    if method != "GET":
        signed.append(("Content-Length", str(len(body))))
    return RawRequest(method, path, tuple((name, str(value)) for name, value in signed), body)


def form(action: str, version: str = "2010-05-08", **parameters: str) -> bytes:
    """A Query API body."""
    return urllib.parse.urlencode({"Action": action, "Version": version, **parameters}).encode()


def send(port: int, request: RawRequest | bytes, timeout: float = 10) -> Reply:
    """Sends the bytes as they are over a new connection."""
    raw = request if isinstance(request, bytes) else request.encode()
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(raw)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return Reply(response.status, response.headers, response.read())
