"""A PostgreSQL server of the tests' own, from the programs that Debian installs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .process import Child

# Who owns the databases; not an account of the system.
ROLE = "keystead"


def programs() -> Path:
    """The folder with the newest PostgreSQL's programs."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    assert found, "these tests need PostgreSQL: apt-get install postgresql"
    return max(found, key=lambda path: int(path.parent.name))


class Postgres:
    """A server that is reached by a socket in a folder of its own."""

    def __init__(self) -> None:
        # Not below pytest's folders: those are closed to the user it may have to run as.
        self._folder = Path(tempfile.mkdtemp(prefix="keystead-postgres-"))
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self._folder, self._user, self._user)
        self._data = str(self._folder / "data")
        self._process: Child | None = None

    def __enter__(self) -> Postgres:
        self._run("initdb", "--auth=trust", f"--username={ROLE}", "--encoding=UTF8", "--locale=C", self._data)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            # An immediate end, which takes its own processes and shared memory along.
            self._process.signal(signal.SIGQUIT)
            self._process.wait_for_end(10)
        self.kill()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Starts the server and returns when it answers."""
        options = ["-D", self._data, "-k", str(self._folder), "-c", "listen_addresses="]
        log = self._folder / "log"
        self._process = Child("postgres", [programs() / "postgres", *options], log, user=self._user)
        self._process.wait_until(self._answers, 30, "it answers")

    def kill(self) -> None:
        """kill -9, as when its machine is gone."""
        if self._process is not None:
            self._process.kill()

    def _answers(self) -> bool:
        ask = [str(programs() / "pg_isready"), "--quiet", f"--host={self._folder}"]
        return subprocess.run(ask, check=False, timeout=10).returncode == 0

    def create_database(self, name: str) -> str:
        """An empty database; its URL."""
        self._run("createdb", f"--host={self._folder}", f"--username={ROLE}", name)
        return f"host={self._folder} user={ROLE} dbname={name}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs() / program), *arguments],
            # A folder which that user may enter.
            cwd=self._folder,
            user=self._user,
            group=self._user,
            capture_output=True,
            check=True,
            timeout=60,
        )
