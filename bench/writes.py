"""Durable writes: keys created by one client and by 64, in turns with the disk's own rate."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from installation import Installation
from load import replay
from sign import query_requests, write

RECORD = b"x" * 512
DISK_SECONDS = 0.7
SECONDS_MAX = 20
CLIENTS = 64


def measure(installation: Installation, folder: Path, rounds: int, creations: int) -> dict[str, float]:
    """Medians over rounds. Each user can be given one more key, so no user comes twice."""
    names = iter([caller.user_name for caller in installation.callers])
    disk, one, many = [], [], []
    for _ in range(rounds):
        disk.append(appends_per_second(folder / "append"))
        one.append(creations_per_second(installation, folder, names, 1, creations // 4))
        many.append(creations_per_second(installation, folder, names, CLIENTS, creations))
    disk_rate, one_rate, many_rate = (statistics.median(rates) for rates in (disk, one, many))
    return {
        "disk_per_s": disk_rate,
        "create_1_per_s": one_rate,
        "create_64_per_s": many_rate,
        "create_1_of_disk": one_rate / disk_rate,
        "create_64_of_disk": many_rate / disk_rate,
    }


def appends_per_second(path: Path) -> float:
    """How often a second this disk makes an appended record durable."""
    count = 0
    with open(path, "wb", buffering=0) as file:
        began = time.monotonic()
        while (seconds := time.monotonic() - began) < DISK_SECONDS:
            file.write(RECORD)
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


def creations_per_second(
    installation: Installation, folder: Path, names: Iterator[str], clients: int, count: int
) -> float:
    keystead = installation.keystead
    assert keystead.server is not None
    file = folder / f"create-{clients}"
    calls = (
        (keystead.root, {"Action": "CreateAccessKey", "UserName": name})
        for name, _ in zip(names, range(count))
    )
    written = write(file, query_requests(installation.host, calls, flip=False))
    assert written == count, "not enough users for so many creations"
    return replay(keystead.port, file, keystead.server.pid, clients, SECONDS_MAX, once=True).per_second
