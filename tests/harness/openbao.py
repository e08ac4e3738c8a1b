"""OpenBao itself, in memory, with a store of key-value secrets."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from .process import Child, free_port

ROOT_TOKEN = "root-token-of-the-tests"


class OpenBao:
    """A server on a port of loopback."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        program = Path(sys.executable).with_name("bao")
        flags = (f"-dev-listen-address=127.0.0.1:{self.port}", f"-dev-root-token-id={ROOT_TOKEN}")
        environment = {**os.environ, "HOME": str(folder)}
        command = [str(program), "server", "-dev", "-dev-no-store-token", *flags]
        self.process = Child("OpenBao", command, folder / "openbao.log", environment)
        self.process.wait_until(self.is_ready, 30, "OpenBao is ready")

    def is_ready(self) -> bool:
        try:
            return bool(self.call("GET", "sys/health"))
        except OSError:
            return False

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The API, as root; none where there is nothing."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/v1/{path}", data, {"X-Vault-Token": ROOT_TOKEN}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return json.loads(reply.read() or b"{}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def token(self, rules: str) -> str:
        """A token that may do what `rules` say and nothing else."""
        self.call("PUT", "sys/policies/acl/keystead", {"policy": rules})
        made = self.call("POST", "auth/token/create", {"policies": ["keystead"], "no_default_policy": True})
        return made["auth"]["client_token"]

    def close(self) -> None:
        self.process.stop()
