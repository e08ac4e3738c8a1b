"""An installation filled with users, and the callers among them that the load is signed by."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from pathlib import Path

import load
from harness.keystead import Key, Keystead, binary
from harness.signing import form, send, sign
from sign import Caller

# The host that the guarded service goes by; nothing has to listen there.
GUARDED_HOST = "queue.example.com"


class Installation:
    """A data folder with `users` users of one key each, and the server on it, on core 0."""

    def __init__(self, folder: Path, users: int, callers: int) -> None:
        self.keystead = Keystead(folder)
        self.keystead.init()
        self.callers = self._fill(users, min(users, callers))
        self._make_verifier()

    def _fill(self, users: int, callers: int) -> list[Caller]:
        filled = subprocess.run(
            [
                *(str(binary()), "bench-fill", "--data", str(self.keystead.data)),
                *("--users", str(users), "--print", str(callers)),
            ],
            capture_output=True,
            text=True,
            timeout=600,
            check=True,
        )
        rows = [line.split("\t") for line in filled.stdout.splitlines()]
        found = [Caller(Key(key_id, secret), user_name) for key_id, secret, user_name in rows]
        random.Random(1).shuffle(found)
        return found

    def _make_verifier(self) -> None:
        self.keystead.start()
        arguments = ("verifier", "create", "bench", "--service", "sqs", "--host", GUARDED_HOST)
        self.verifier_token = self.keystead.command(*arguments)["token"]
        self.keystead.stop()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.keystead.port}"

    def start(self, *options: str) -> float:
        """Starts the server; seconds until it has verified a request."""
        body = form("GetUser", UserName=self.callers[0].user_name)
        request = sign(self.callers[0].key, "iam", self.keystead.port, body)
        began = time.monotonic()
        server = self.keystead.launch(*options, prefix=load.SERVER_CORE)

        def is_verified() -> bool:
            try:
                return send(self.keystead.port, request).status == 200
            except ConnectionError:
                return False

        server.wait_until(is_verified, 60, "the first verified request")
        return time.monotonic() - began

    def copy(self, folder: Path) -> Installation:
        """The same users in another folder; this server goes on."""
        twin = object.__new__(Installation)
        twin.keystead = Keystead(folder)
        shutil.copytree(self.keystead.data, twin.keystead.data)
        twin.keystead.root = self.keystead.root
        twin.callers, twin.verifier_token = self.callers, self.verifier_token
        return twin

    def rss_kib(self) -> int:
        assert self.keystead.server is not None
        return load.rss_kib(self.keystead.server.pid)

    def __enter__(self) -> Installation:
        return self

    def __exit__(self, *_: object) -> None:
        self.keystead.close()
