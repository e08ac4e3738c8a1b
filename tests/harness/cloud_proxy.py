"""Servers between Keystead and a cloud, or in a cloud's place: real sockets, whatever answer a test wants."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


@dataclass(frozen=True)
class Asked:
    """A call as it came."""

    method: str
    path: str
    region: str
    service: str
    parameters: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def action(self) -> str:
        """The action of the Query protocol; for REST, the path."""
        return self.parameters.get("Action", self.path)


@dataclass(frozen=True)
class Answered:
    """An answer to give."""

    body: bytes
    status: int = 200
    content_type: str = "text/xml"
    headers: dict[str, str] = field(default_factory=dict)


class NoAnswer(Exception):
    """The connection is reset."""


Answer = Callable[[Asked], Answered]


class CloudServer:
    """Answers each call by a function, on a thread of its own."""

    def __init__(self, answer: Answer) -> None:
        self.calls: list[Asked] = []

        class Handler(_Handler):
            asked = self.calls
            answer_to = staticmethod(answer)

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class CloudProxy(CloudServer):
    """Passes calls on to the cloud. `meddle` may answer in its place, wait, or raise `NoAnswer`, before the cloud has
    heard of a call; `lose` says of which the answer is not passed back."""

    def __init__(
        self,
        upstream: str,
        meddle: Callable[[Asked], Answered | None] = lambda _: None,
        lose: Callable[[Asked], bool] = lambda _: False,
    ) -> None:
        host = urllib.parse.urlsplit(upstream).netloc
        connections = threading.local()

        def answer(asked: Asked) -> Answered:
            if instead := meddle(asked):
                return instead
            if not hasattr(connections, "to"):
                connections.to = http.client.HTTPConnection(host, timeout=60)
            connections.to.request(asked.method, asked.path, asked.body or None, asked.headers)
            reply = connections.to.getresponse()
            body = reply.read()
            if lose(asked):
                raise NoAnswer
            return Answered(body, reply.status, reply.headers.get("Content-Type", "text/xml"))

        super().__init__(answer)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One write an answer: two would wait for each other.
    wbufsize = -1
    disable_nagle_algorithm = True
    asked: ClassVar[list[Asked]]
    answer_to: ClassVar[Answer]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scope = SCOPE.search(self.headers.get("Authorization", ""))
        parameters = dict(urllib.parse.parse_qsl(body.decode()))
        region, service = (scope["region"], scope["service"]) if scope else ("", "")
        asked = Asked(self.command, self.path, region, service, parameters, body, dict(self.headers))
        self.asked.append(asked)
        try:
            answered = type(self).answer_to(asked)
        except NoAnswer:
            # A reset, and not an end that could be taken for an answer's.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        try:
            self.send_response(answered.status)
            self.send_header("Content-Type", answered.content_type)
            self.send_header("Content-Length", str(len(answered.body)))
            for name, value in answered.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answered.body)
            self.wfile.flush()
        except ConnectionError:
            # Whoever asked has heard enough.
            self.close_connection = True

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is in `calls`."""
