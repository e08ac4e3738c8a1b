"""The way to a target, on which a write can be held after it was made, and which can be down for a while."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

READS = {"GET", "HEAD"}


class FaultyWay:
    """A reverse proxy on loopback. `writes_by` tells by method and headers which requests write."""

    def __init__(self, port: int, is_write=lambda method, _: method not in READS) -> None:
        self.is_down = False
        # Set by a test that wants the next write held; cleared again when it was made.
        self.hold = threading.Event()
        self.written = threading.Event()
        self.release = threading.Event()
        way = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if way.is_down:
                    self.answer(503, {}, b"")
                    return
                there = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                there.request(self.command, self.path, body, dict(self.headers))
                reply = there.getresponse()
                answer = reply.read()
                there.close()
                if way.hold.is_set() and is_write(self.command, self.headers):
                    way.hold.clear()
                    way.written.set()
                    way.release.wait(60)
                self.answer(reply.status, dict(reply.getheaders()), answer)

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

            def log_message(self, *_: object) -> None:
                """Quiet."""

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:
                    """Whoever asked was killed meanwhile, which is what the tests do."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def hold_next_write(self) -> None:
        self.written.clear()
        self.release.clear()
        self.hold.set()

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
