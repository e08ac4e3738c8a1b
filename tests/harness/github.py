"""An API in the shape of GitHub's for Actions secrets. It opens what it is sent with libsodium, which nobody here
wrote, and shows it to its runs alone.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nacl.public import PrivateKey, SealedBox

PLACES = {
    "/repos/acme/orders/actions/secrets",
    "/repos/acme/orders/environments/production/secrets",
    "/orgs/acme/actions/secrets",
}


class Github:
    """An organisation `acme` with a repository `orders` and its environment `production`."""

    def __init__(self, token: str) -> None:
        self._key = PrivateKey.generate()
        self.secrets: dict[tuple[str, str], dict[str, Any]] = {}
        self.writes = 0
        github = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
                if self.headers.get("authorization") != f"Bearer {token}":
                    status, reply = 401, {"message": "Bad credentials"}
                else:
                    status, reply = github.serve(self.command, self.path, body)
                text = b"" if status == 204 else json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = answer

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        place, _, name = path.rpartition("/")
        if place not in PLACES:
            return 404, {"message": "Not Found"}
        if name == "public-key":
            key = base64.b64encode(bytes(self._key.public_key)).decode()
            return 200, {"key_id": "key-1", "key": key}
        held = self.secrets.get((place, name))
        if method == "PUT":
            if body["key_id"] != "key-1" or ("visibility" in body) != place.startswith("/orgs/"):
                return 422, {"message": "Validation Failed"}
            value = SealedBox(self._key).decrypt(base64.b64decode(body["encrypted_value"])).decode()
            self.put(place, name, value)
            return (204 if held else 201), {}
        if held is None:
            return 404, {"message": "Not Found"}
        # What it holds is not among it.
        return 200, {"name": name, "updated_at": held["updated_at"], "visibility": "private"}

    def put(self, place: str, name: str, value: str) -> None:
        """A secret is set, by whomever."""
        before = self.secrets.get((place, name), {}).get("updated_at")
        # GitHub's clock shows whole seconds; two changes in one would look like one.
        while (now := datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")) == before:
            time.sleep(0.1)
        self.secrets[place, name] = {"value": value, "updated_at": now}
        self.writes += 1

    def run(self, place: str) -> dict[str, str]:
        """The secrets as a run is given them."""
        return {name: held["value"] for (where, name), held in self.secrets.items() if where == place}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
