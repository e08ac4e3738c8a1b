"""`keystead agent` on this machine: its configuration file, its process, and what SDKs need in their environment."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .keystead import REGION, Keystead, binary
from .process import Child


@dataclass(frozen=True)
class Reply:
    """What an endpoint answered."""

    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


def ask(url: str, headers: dict[str, str] | None = None, method: str = "GET") -> Reply:
    request = urllib.request.Request(url, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return Reply(reply.status, dict(reply.headers), reply.read().decode())
    except urllib.error.HTTPError as refusal:
        return Reply(refusal.code, dict(refusal.headers), refusal.read().decode())


@dataclass
class Agent:
    """An agent in a folder of its own. `add` its consumers, then `start` it."""

    folder: Path
    keystead: Keystead
    sockets: list[socket.socket] = field(default_factory=list)
    process: Child | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.port = self._listen()
        self.config = self.folder / "agent.toml"
        self.systemd_socket = self.folder / "agent.sock"
        self.config.write_text(
            f'url = "{self.keystead.url}"\nstate = "{self.folder}/state"\n'
            f'listen = "127.0.0.1:{self.port}"\nsystemd_socket = "{self.systemd_socket}"\n'
        )
        self.imds_ports: dict[str, int] = {}

    def add(self, credential: str, name: str, kind: str, *settings: str) -> None:
        """Enrolls a consumer and says how it gets its credential; `container` and `imds` say it by themselves."""
        token_file = self.folder / f"{name}.token"
        enroll = ("consumer", "enroll", credential, name, "--kind", kind, "--app-id", name)
        self.keystead.command(*enroll, "--token-file", str(token_file))
        lines = ["[[consumer]]", f'name = "{name}"', f'token_file = "{token_file}"']
        if kind == "container":
            lines.append(f'container.authorization_token_file = "{self.authorization_file(name)}"')
        if kind == "imds":
            self.imds_ports[name] = self._listen()
            lines.append(f'imds.listen = "127.0.0.1:{self.imds_ports[name]}"')
        with self.config.open("a") as config:
            config.write("\n".join(["", *lines, *settings, ""]))

    def _listen(self) -> int:
        """As a systemd socket unit does: whoever asks while no agent is there waits."""
        listening = socket.create_server(("127.0.0.1", 0))
        # Out of the way of the numbers that the agent is to see them under.
        self.sockets.append(socket.socket(fileno=fcntl.fcntl(listening, fcntl.F_DUPFD, 100)))
        listening.close()
        return self.sockets[-1].getsockname()[1]

    def authorization_file(self, name: str) -> Path:
        return self.folder / f"{name}.authorization"

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/v1/creds/{name}"

    def imds_url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.imds_ports[name]}"

    def environment(self, name: str, **more: str) -> dict[str, str]:
        """What the SDK of a consumer is told, and nothing else."""
        if name in self.imds_ports:
            way = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.imds_url(name)}
        else:
            way = {
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url(name),
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(self.authorization_file(name)),
            }
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_SDK_UA_APP_ID": name,
            # One attempt a request, so that no failure hides behind a retry.
            "AWS_MAX_ATTEMPTS": "1",
            **way,
            **more,
        }

    def fetch(self, name: str) -> Reply:
        """What the SDK of a consumer would be told at the container credentials endpoint."""
        return ask(self.url(name), {"Authorization": self.authorization_file(name).read_text()})

    def start(self) -> Child:
        """Starts it; returns once each container consumer has its credential."""
        given = [one.fileno() for one in self.sockets]
        placed = " ".join(f"{place}<&{number}" for place, number in enumerate(given, start=3))
        script = f'exec {placed}; LISTEN_FDS={len(given)} LISTEN_PID=$$ exec "$@"'
        arguments = ["bash", "-c", script, "agent", binary(), "agent", "--config", self.config]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        log = self.folder / "agent.log"
        self.process = Child("agent", arguments, log, environment, pass_fds=given)
        names = [path.stem for path in self.folder.glob("*.token")]
        self.process.wait_until(lambda: all(map(self._is_ready, names)), 20, "the agent has every credential")
        return self.process

    def _is_ready(self, name: str) -> bool:
        kept = self.folder / "state" / f"{name}.json"
        if not kept.exists() or json.loads(kept.read_text())["held"] is None:
            return False
        if not self.authorization_file(name).exists():
            return True
        try:
            return self.fetch(name).status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def hangup(self) -> None:
        assert self.process is not None
        self.process.signal(signal.SIGHUP)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`keystead agent …`."""
        command = [str(binary()), "agent", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.stop()
        for one in self.sockets:
            one.close()
