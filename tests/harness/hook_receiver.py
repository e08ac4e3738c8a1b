"""A receiver of webhooks as its owner would write it: it checks the signature and the time, and takes each delivery
once, by its id."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FRESH_SECONDS = 300


class HookReceiver:
    """On a loopback port; `taken` is every delivery that was new, `calls` counts all that were right."""

    def __init__(self, secret: str, port: int = 0) -> None:
        self.taken: dict[str, Any] = {}
        self.calls = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                parts = dict(part.split("=", 1) for part in self.headers["X-Keystead-Signature"].split(","))
                mac = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256)
                is_fresh = abs(time.time() - int(parts["t"])) < FRESH_SECONDS
                if is_fresh and hmac.compare_digest(mac.hexdigest(), parts["v1"]):
                    receiver.calls += 1
                    delivery, value = receiver.read(json.loads(body))
                    assert delivery == self.headers["X-Keystead-Delivery"]
                    receiver.taken.setdefault(delivery, value)
                    status = 204
                else:
                    status = 401
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def read(self, value: dict[str, Any]) -> tuple[str, Any]:
        """The id of a delivery, and what it brings: a key."""
        return f"{value['rotation_id']}/{value['version']}", value["fields"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class NoticeReceiver(HookReceiver):
    """The same for what is told of rotations."""

    def read(self, value: dict[str, Any]) -> tuple[str, Any]:
        return value["notice_id"], value

    def notices(self) -> list[Any]:
        """What was told, in the order in which it happened; one call may overtake another."""
        return [value for _, value in sorted(self.taken.items(), key=lambda one: int(one[0].split("/")[1]))]

    def topics(self) -> list[str]:
        """What was told of, in that order."""
        return [notice["topic"] for notice in self.notices()]
