"""Child processes: started with their output in a file, awaited, and always ended."""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class ChildFailed(Exception):
    """A process ended or did not get ready; the text carries the end of its log."""


class Child:
    """A process in a session of its own, so that Ctrl-C reaches only its parent."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | Path],
        log: Path,
        environment: Mapping[str, str] | None = None,
        stdout: Path | None = None,
        user: str | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.log = log
        self.started_at = time.monotonic()
        with open(log, "ab") as errors, open(stdout or log, "ab") as output:
            self._process = subprocess.Popen(
                [str(argument) for argument in arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                pass_fds=pass_fds,
                user=user,
                group=user,
                extra_groups=None if user is None else (),
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def wait_until(self, condition: Callable[[], T], seconds: float, what: str) -> T:
        """Waits for `condition` while the process runs; fails with the end of the log."""

        def ready_or_ended() -> T | None:
            if value := condition():
                return value
            if self.exit_code() is not None:
                raise ChildFailed(f"{self.name} ended with {self.exit_code()}:\n{self.tail()}")
            return None

        try:
            return wait_until(ready_or_ended, seconds, what)
        except TimeoutError as error:
            raise ChildFailed(f"{self.name}: {error}\n{self.tail()}") from None

    def signal(self, number: signal.Signals) -> None:
        if self.exit_code() is None:
            self._process.send_signal(number)

    def wait_for_end(self, seconds: float) -> int | None:
        """The exit code, or None when it has not ended by then."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, seconds: float = 10) -> int:
        """Asks it to end, ends it by force if it does not, and leaves none of its own children."""
        self.signal(signal.SIGTERM)
        self.wait_for_end(seconds)
        return self.kill()

    def kill(self) -> int:
        """kill -9, for it and its own children."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self._process.wait()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def wait_until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """The first true value of `condition`; TimeoutError naming `what` when it takes too long."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.01)
    return value


# Ports below those that systems give to clients, which could take one before its server does; others for each worker of
# the tests, and none twice within thousands.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = range(10_000 + _WORKER % 4 * 5_000, 15_000 + _WORKER % 4 * 5_000)
_DRAWN = itertools.count(random.SystemRandom().randrange(len(_PORTS)))


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    while True:
        port = _PORTS[next(_DRAWN) % len(_PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
