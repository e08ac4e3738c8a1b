"""A machine of a workload: a token in a file, and the commands that run there with nobody's access key."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from .keystead import Key, Keystead, binary


class Machine:
    """A folder that stands for a machine; `enroll` makes it the workload's."""

    def __init__(self, keystead: Keystead, folder: Path) -> None:
        self.keystead = keystead
        self.folder = folder
        self.token_file = folder / "workload.token"

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "KEYSTEAD_URL": self.keystead.url,
            "KEYSTEAD_TOKEN_FILE": str(self.token_file),
            **more,
        }

    def run(self, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """A `keystead` command on this machine, whatever comes of it."""
        return subprocess.run(
            [str(binary()), *arguments],
            env=self.environment(**more),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def enroll(self, workload: str, key: Key | None = None) -> None:
        token = self.keystead.command("workload", "enroll", workload, key=key)["token"]
        self.token_file.unlink(missing_ok=True)
        done = self.run("enroll", stdin=token)
        assert done.returncode == 0, done.stderr

    def inputs(self) -> Any:
        """What the workload is given now; an error's text where it is given nothing."""
        done = self.run("inputs", "-o", "json")
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr
