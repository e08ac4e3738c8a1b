"""A cloud that misbehaves: real sockets between Keystead and moto, each of which can have one named fault.

`FAULTS` has every fault with what it does to proving credentials; other tests take from it what they need. A cloud
without a fault passes everything on, and keeps what it was asked.
"""

from __future__ import annotations

import gzip
import http.client
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from time import sleep, time
from urllib.parse import parse_qs

from .moto import NUMBER

UNVERIFIED = "CloudAccountUnverified"
MISMATCH = "CloudAccountMismatch"
OPT_IN = "CloudOptInRequired"
# The fault does no harm to proving credentials.
HARMLESS = ""

# Two regions are enough for anything that is tested here, and spare moto most of the work.
REGIONS = ("us-east-1", "eu-west-1")
# How long a connection that is to hang is held, at most.
PATIENCE = 15.0

REGIONS_REPLY = (
    '<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>'
    + "".join(
        f"<item><regionName>{name}</regionName><optInStatus>{status}</optInStatus></item>"
        for name, status in [*((name, "opt-in-not-required") for name in REGIONS), ("me-south-1", "not-opted-in")]
    )
    + "</regionInfo></DescribeRegionsResponse>"
)


# moto takes nobody's signature for CloudFront, boto3's neither.
_DISTRIBUTIONS_REPLY = (
    '<DistributionList xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Marker></Marker><MaxItems>100</MaxItems>'
    "<IsTruncated>false</IsTruncated><Quantity>0</Quantity><Items/></DistributionList>"
)


@dataclass
class Exchange:
    """One request, and the connection its answer goes to."""

    cloud: FaultyCloud
    connection: socket.socket
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    # How often this action was asked before.
    before: int = 0

    @property
    def action(self) -> str:
        """What is asked, as policies call it, as far as the request says."""
        form = parse_qs(self.body.decode("latin-1"))
        name = form.get("Action", [f"{self.method} {self.path.split('?')[0]}"])[0]
        return f"{self.scope[1]}:{name}"

    @property
    def scope(self) -> tuple[str, str]:
        """Region and service that the request is signed for."""
        found = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", self.headers.get("authorization", ""))
        return (found[1], found[2]) if found else ("", "")

    @property
    def access_key_id(self) -> str:
        """The key it is signed with."""
        found = re.search(r"Credential=([^/]+)/", self.headers.get("authorization", ""))
        return found[1] if found else ""

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self, body: str | bytes, status: int = 200, kind: str = "text/xml", **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if "Date" not in headers:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        self.send("\r\n".join([*lines, "Connection: close", "", ""]).encode() + data)

    def error(self, code: str, status: int = 403, message: str = "No.", **headers: str) -> None:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        self.answer(f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>", status, **headers)

    def identity(self, number: str = NUMBER, arn: str | None = None, more: str = "") -> None:
        """An answer about who a key is; everything else is passed on."""
        if self.action != "sts:GetCallerIdentity":
            return self.forward()
        arn = arn or f"arn:aws:iam::{number}:user/keystead"
        result = f"<Arn>{arn}</Arn><UserId>A</UserId><Account>{number}</Account>{more}"
        self.answer(
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            f"{result}</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )

    def upstream(self) -> tuple[int, bytes]:
        """What moto answers."""
        if self.action == "ec2:DescribeRegions":
            return 200, REGIONS_REPLY.encode()
        if self.scope[1] == "cloudfront":
            return 200, _DISTRIBUTIONS_REPLY.encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.cloud.upstream_port, timeout=30)
        connection.request(self.method, self.path, self.body, dict(self.headers))
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return reply.status, body

    def forward(self) -> None:
        status, body = self.upstream()
        self.answer(body, status)

    def hang(self) -> None:
        """Holds the connection until the other side has given up."""
        self.connection.settimeout(PATIENCE)
        try:
            self.connection.recv(1)
        except OSError:
            pass

    def drip(self, data: bytes) -> None:
        """Sends one byte at a time, slowly, until the other side has given up."""
        for at in range(len(data)):
            self.send(data[at : at + 1])
            sleep(0.1)

    def reset(self) -> None:
        """Breaks the connection off so that the other side sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@dataclass(frozen=True)
class Fault:
    """A fault, and the code with which credentials are refused because of it."""

    name: str
    apply: Callable[[Exchange], None]
    expected: str
    # What the refusal says besides.
    says: str = ""
    # Whether it strikes whatever is asked, and not only who a key is.
    everywhere: bool = True
    # Whether the key is said to be of a user the cloud does not have, so that it counts as gone once it is replaced.
    invents: bool = False


def _timeout_before_headers(exchange: Exchange) -> None:
    exchange.hang()


def _timeout_in_body(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<Get")
    exchange.hang()


def _drip_headers(exchange: Exchange) -> None:
    exchange.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100)


def _drip_body(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    exchange.drip(b"<a>" * 300)


def _endless_chunks(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    until = time() + PATIENCE
    while time() < until:
        exchange.send(chunk)


def _nothing(_: Exchange) -> None:
    pass


def _once(fault: Callable[[Exchange], None]) -> Callable[[Exchange], None]:
    """A fault that is gone when the same is asked again within a few seconds."""

    def apply(exchange: Exchange) -> None:
        key = f"{exchange.action} {exchange.scope}"
        struck = exchange.cloud.struck.get(key, 0.0)
        if time() - struck < 5:
            return exchange.forward()
        exchange.cloud.struck[key] = time()
        fault(exchange)

    return apply


def _truncated(exchange: Exchange) -> None:
    status, body = exchange.upstream()
    exchange.answer(body[: len(body) // 2], status)


def _bomb(exchange: Exchange) -> None:
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    exchange.answer(f'<!DOCTYPE a [<!ENTITY a0 "lol">{entities}]><a>&a9;</a>')


def _ever_another(exchange: Exchange) -> None:
    exchange.identity(f"{exchange.before + 1:012}")


def _echo(exchange: Exchange) -> None:
    token = exchange.headers.get("x-amz-security-token", "")
    told = " ".join([exchange.cloud.secrets.get(exchange.access_key_id, ""), token])
    exchange.error("InternalFailure", 400, f"Cannot make sense of {told}")


def _gzip(exchange: Exchange) -> None:
    status, body = exchange.upstream()
    exchange.answer(gzip.compress(body), status, Content_Encoding="gzip")


def _lying_length(exchange: Exchange) -> None:
    _, body = exchange.upstream()
    exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 100}\r\n\r\n".encode() + body)


def _dead_region(exchange: Exchange) -> None:
    if exchange.scope[0] == REGIONS[1]:
        exchange.reset()
    else:
        exchange.forward()


def _paged(token: Callable[[Exchange], str]) -> Callable[[Exchange], None]:
    """Lists that never end; `token` says what the next page is called."""

    def apply(exchange: Exchange) -> None:
        status, body = exchange.upstream()
        if exchange.action == "sts:GetCallerIdentity" or status != 200:
            return exchange.answer(body, status)
        more = token(exchange)
        marks = f"<IsTruncated>true</IsTruncated><Marker>{more}</Marker><nextToken>{more}</nextToken>"
        at = body.rindex(b"</")
        exchange.answer(body[:at] + marks.encode() + body[at:], status)

    return apply


def _status(status: int) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.answer("Something went wrong.", status, "text/plain")


def _text(body: str | bytes, kind: str = "text/xml", status: int = 200) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.answer(body, status, kind)


def _raw(data: bytes) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.send(data)


def _code(code: str, status: int = 403) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.error(code, status)


def _who(number: str = NUMBER, arn: str | None = None, more: str = "") -> Callable[[Exchange], None]:
    return lambda exchange: exchange.identity(number, arn, more)


def _at(hours: int) -> Callable[[Exchange], None]:
    date = {"Date": formatdate(time() + hours * 3600, usegmt=True)}
    return lambda exchange: exchange.error("SignatureDoesNotMatch", 403, "Signature expired.", **date)


def _to(location: str) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.answer("", 302, Location=location)


_PAGE = "<html><body><h1>502 Bad Gateway</h1><br></body></html>"
_ARN = f"arn:aws:iam::{NUMBER}:user/"

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in [
        Fault("timeout-before-headers", _timeout_before_headers, UNVERIFIED, "did not answer"),
        Fault("timeout-in-body", _timeout_in_body, UNVERIFIED, "did not answer"),
        Fault("slow-headers", _drip_headers, UNVERIFIED, "did not answer"),
        Fault("slow-body", _drip_body, UNVERIFIED, "did not answer"),
        Fault("connection-reset", Exchange.reset, UNVERIFIED, "did not answer"),
        Fault("connection-closed", _nothing, UNVERIFIED, "did not answer"),
        Fault("length-that-lies", _lying_length, UNVERIFIED, "did not answer"),
        Fault("endless-chunks", _endless_chunks, UNVERIFIED, "did not answer"),
        Fault("tls-where-http-is-expected", _raw(b"\x15\x03\x03\x00\x02\x02\x28"), UNVERIFIED, "did not answer"),
        Fault("no-http", _raw(b"<html>hello</html>\r\n"), UNVERIFIED, "did not answer"),
        Fault("header-of-one-mebibyte", _raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2**20 + b"\r\n\r\n"), UNVERIFIED),
        Fault("body-of-nine-mebibytes", _text(b"<a>" + b"x" * 9 * 2**20 + b"</a>"), UNVERIFIED, "did not answer"),
        Fault("status-500", _status(500), UNVERIFIED, "status 500"),
        Fault("status-503", _status(503), UNVERIFIED, "status 503"),
        Fault("status-500-once", _once(_status(500)), HARMLESS),
        Fault("throttling-once", _once(_code("Throttling", 400)), HARMLESS),
        Fault("throttling", _code("Throttling", 400), UNVERIFIED, "busy"),
        Fault("request-limit-exceeded", _code("RequestLimitExceeded", 503), UNVERIFIED, "busy"),
        Fault("status-429", _status(429), UNVERIFIED, "busy"),
        Fault("empty-body", _text(""), UNVERIFIED, "cannot be read"),
        Fault("truncated-xml", _truncated, UNVERIFIED, "cannot be read"),
        Fault("xml-bomb", _bomb, UNVERIFIED, "document type"),
        Fault("deep-nesting", _text("<a>" * 10_000 + "</a>" * 10_000), UNVERIFIED, "nested deeper"),
        Fault("html-page", _text(_PAGE, "text/html"), UNVERIFIED, "cannot be read"),
        Fault("html-page-of-a-proxy", _text(_PAGE, "text/html", 502), UNVERIFIED, "status 502"),
        Fault("null-bytes", _text(b"<a>\x00</a>"), UNVERIFIED, "cannot be read"),
        Fault("invalid-utf-8", _text(b"<a>\xff\xfe</a>"), UNVERIFIED, "cannot be read"),
        Fault("compressed-body", _gzip, UNVERIFIED, "cannot be read"),
        Fault("redirect-to-metadata", _to("http://169.254.169.254/latest/meta-data/"), UNVERIFIED, "redirect"),
        Fault("redirect-loop", _to("/"), UNVERIFIED, "redirect"),
        Fault("wrong-account", _who("999999999999"), MISMATCH, everywhere=False),
        Fault("account-changes-between-calls", _ever_another, UNVERIFIED, "another account the second time", everywhere=False),
        Fault("account-and-arn-disagree", _who("999999999999", f"{_ARN}keystead"), UNVERIFIED, "do not agree", everywhere=False),
        Fault("arn-of-another-partition", _who(arn=f"arn:aws-cn:iam::{NUMBER}:user/x"), UNVERIFIED, "do not agree", everywhere=False),
        Fault("two-accounts-in-one-answer", _who(more="<Account>999999999999</Account>"), HARMLESS),
        Fault("html-in-names", _who(arn=f"{_ARN}&lt;script&gt;alert(1)&lt;/script&gt;"), HARMLESS, invents=True),
        Fault("escape-codes-in-names", _who(arn=f"{_ARN}&#27;[31mred"), UNVERIFIED, everywhere=False),
        Fault("line-breaks-in-names", _who(arn=f"{_ARN}a&#10;keystead: connected"), UNVERIFIED, everywhere=False),
        Fault("clock-an-hour-ahead", _at(1), UNVERIFIED, "seconds apart"),
        Fault("clock-an-hour-behind", _at(-1), UNVERIFIED, "seconds apart"),
        Fault("request-expired", _code("RequestExpired", 400), UNVERIFIED, "seconds apart"),
        Fault("signature-does-not-match", _code("SignatureDoesNotMatch"), UNVERIFIED),
        Fault("invalid-client-token-id", _code("InvalidClientTokenId"), UNVERIFIED),
        Fault("expired-token", _code("ExpiredToken"), UNVERIFIED),
        Fault("access-denied", _code("AccessDenied"), UNVERIFIED, "may not do sts:GetCallerIdentity"),
        Fault("unauthorized-operation", _code("UnauthorizedOperation"), UNVERIFIED, "may not do"),
        Fault("opt-in-required", _code("OptInRequired", 401), OPT_IN, "OptInRequired: No."),
        Fault("secrets-echoed", _echo, UNVERIFIED, "[hidden]"),
        Fault("endless-paging", _paged(lambda exchange: f"page-{exchange.before}"), HARMLESS),
        Fault("repeated-page-token", _paged(lambda _: "again"), HARMLESS),
        Fault("negative-page-token", _paged(lambda _: "-99999999999999999999"), HARMLESS),
        Fault("dead-region", _dead_region, HARMLESS),
    ]
}


@dataclass
class FaultyCloud:
    """A cloud at an address of its own. `fault` is in force while it is set; `secrets`, by key, may be given away."""

    upstream_port: int
    fault: Fault | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    # When a fault that strikes once last did, by what was asked.
    struck: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """One request a connection: every answer says that it is the last."""
        with connection:
            try:
                if exchange := self._receive(connection):
                    fault = self.fault
                    fault.apply(exchange) if fault else exchange.forward()
            except OSError:
                # The other side has given up, which is what most faults are for.
                pass

    def _receive(self, connection: socket.socket) -> Exchange | None:
        with connection.makefile("rb") as reader:
            line = reader.readline().decode("latin-1").split()
            if len(line) != 3:
                return None
            headers = {}
            while (header := reader.readline().decode("latin-1").strip()) != "":
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            body = reader.read(int(headers.get("content-length", 0)))
        exchange = Exchange(self, connection, line[0], line[1], headers, body)
        with self._lock:
            exchange.before = self.asked[exchange.action]
            self.asked[exchange.action] += 1
        return exchange
