"""A service of the kind Keystead stands guard for: it answers as SQS does and notes what reached it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

QUEUE_URL = "http://127.0.0.1/123456789012/orders"


@dataclass(frozen=True)
class Served:
    """One request that was let through: the target as received, and its headers by lower-case name."""

    method: str
    target: str
    headers: dict[str, str]


class QueueService:
    """The service on a loopback port, in threads of this process."""

    def __init__(self) -> None:
        self.served: list[Served] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Without it each answer waits for the other side's delayed acknowledgement.
            disable_nagle_algorithm = True

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                # The request line: `self.path` has its leading slashes folded.
                target = self.requestline.split(" ")[1]
                service.served.append(Served(self.command, target, headers))
                body = json.dumps({"QueueUrls": [QUEUE_URL]}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: object) -> None:
                """Quiet: the requests are in `served`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> QueueService:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
