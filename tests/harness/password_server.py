"""Something with one password, which is set and tried by signed calls: it checks the signature and the time, and setting
the password that it has already changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FRESH_SECONDS = 300


class PasswordServer:
    """On a loopback port. `set_now` runs once a password was set, before that is answered; `refuses` says of which
    passwords it will not take any more once they are set."""

    def __init__(self, secret: str, password: str) -> None:
        self.password = password
        self.asked: list[tuple[str, str]] = []
        self.set_now: Callable[[], None] = lambda: None
        self.refuses: Callable[[str], bool] = lambda _: False
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                parts = dict(part.split("=", 1) for part in self.headers["X-Keystead-Signature"].split(","))
                mac = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256)
                is_fresh = abs(time.time() - int(parts["t"])) < FRESH_SECONDS
                is_right = is_fresh and hmac.compare_digest(mac.hexdigest(), parts["v1"])
                self.send_response(server.answer(json.loads(body)) if is_right else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, call: dict[str, str]) -> int:
        self.asked.append((call["purpose"], call["version"]))
        if call["purpose"] == "set":
            if self.password not in {call["value"], call["former_value"]}:
                return 403
            self.password = call["value"]
            self.set_now()
            return 204
        return 204 if call["value"] == self.password and not self.refuses(call["value"]) else 409

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
