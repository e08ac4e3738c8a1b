"""The demo does what it says it does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from harness.keystead import REPOSITORY


@pytest.mark.timeout(300)
def test_the_short_demo_ends_done_without_a_failed_request_and_leaves_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"DEMO": "short", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        ["make", "--silent", "demo"],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DONE" in done.stdout
    requests = re.search(r"DONE: ([\d,]+) requests, 0 failed", done.stdout)
    assert requests and int(requests[1].replace(",", "")) >= 1_000, done.stdout
    assert list(tmp_path.iterdir()) == []
    assert processes_mentioning(str(tmp_path)) == []


def processes_mentioning(text: str) -> list[str]:
    """The command lines of processes that have `text` in them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command:
            found.append(command)
    return found
