"""An application as anyone might write it: it lists queues with boto3, again and again.

Nothing in it knows of Keystead. SIGHUP makes it open a new session, as many servers re-read their
configuration; SIGTERM ends it. Each call leaves a line in the file given: when it began, when it
ended, and `ok` or what went wrong.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import boto3

PAUSE_SECONDS = 0.05

reload_asked = threading.Event()
end_asked = threading.Event()


def main(outcomes: Path, pid_file: Path) -> None:
    signal.signal(signal.SIGHUP, lambda *_: reload_asked.set())
    signal.signal(signal.SIGTERM, lambda *_: end_asked.set())
    pid_file.write_text(str(os.getpid()))
    client = boto3.Session().client("sqs")
    with open(outcomes, "a", buffering=1) as lines:
        while not end_asked.is_set():
            if reload_asked.is_set():
                reload_asked.clear()
                client = boto3.Session().client("sqs")
            began = time.time()
            outcome = call(client)
            lines.write(f"{began:.4f}\t{time.time():.4f}\t{outcome}\n")
            end_asked.wait(PAUSE_SECONDS)


def call(client: Any) -> str:
    """One request. Whatever goes wrong is an outcome to be counted, not an end."""
    try:
        client.list_queues()
    except Exception as error:  # noqa: BLE001
        return " ".join(f"{type(error).__name__}: {error}".split())
    return "ok"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
