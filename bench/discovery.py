"""Discovery of 17 regions with 10,000 resources beside a plain boto3 script that makes the same calls, in the same run.

The cloud is moto, one process of Python, which answers one call at a time however many ask: so first against moto as it
is, with what the same calls take from a client that does nothing else; then with the time added to each answer that a
cloud is away, which is what a script that makes one call after the other waits for.
"""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import local

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import filled_moto  # noqa: E402
from harness.cloud_proxy import Asked, CloudProxy  # noqa: E402
from harness.keystead import Keystead  # noqa: E402
from harness.moto import Moto  # noqa: E402

# As many as Keystead has under way.
CONNECTIONS = 12
AWAY_SECONDS = 0.05
KEY = "AKIAMOTOADMINISTRATE"


def measure(folder: Path) -> dict[str, float]:
    """Seconds, requests and memory of each, and how often faster Keystead was."""
    with ExitStack() as ends:
        moto = Moto(folder, (str(HERE / "filled_moto.py"),))
        ends.callback(moto.close)
        near = CloudProxy(moto.url)
        ends.callback(near.close)
        away = CloudProxy(moto.url, lambda _: time.sleep(AWAY_SECONDS))
        ends.callback(away.close)
        # Whatever moto makes at the first call of a region is made before anything is measured.
        boto3_script(moto.url)
        results = {"discovery_away_ms": AWAY_SECONDS * 1_000}
        for name, url in (("", moto.url), ("_away", away.url)):
            results |= named(f"discovery{name}", keystead(folder / f"discovery{name}", url))
            results |= named(f"discovery_boto3{name}", boto3_script(url))
        keystead(folder / "recorded", near.url, near.calls.clear)
        results["discovery_floor_seconds"] = replay(moto.url, list(near.calls))
        assert results["discovery_found"] == results["discovery_boto3_found"] > 10_000, results
    for name in ("", "_away"):
        results[f"discovery_faster{name}"] = (
            results[f"discovery_boto3{name}_seconds"] / results[f"discovery{name}_seconds"]
        )
    results["discovery_of_floor"] = results["discovery_floor_seconds"] / results["discovery_seconds"]
    return results


def named(name: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{name}_{figure}": value for figure, value in figures.items()}


def keystead(folder: Path, url: str, begin: Callable[[], None] = lambda: None) -> dict[str, float]:
    """A discovery that stores everything, by a server that has done nothing else since it was started."""
    made = Keystead(folder)
    made.init()
    made.command("admin", "endpoint", "add", "lab", *made.location, "--endpoint-url", url)
    made.start()
    try:
        # Connecting has the account looked through and its services probed, which is not to be measured along.
        connect = ("cloud", "connect", "--endpoint", "lab", "--access-key-id", KEY)
        made.command(*connect, stdin="secret-of-the-administrator")
        made.text("cloud", "discover", "lab", "--wait")
        made.stop()
        forget(made)
        made.start()
        before = peak_mib(made)
        begin()
        began = time.monotonic()
        done = made.command("cloud", "discover", "lab", "--wait")
        seconds = time.monotonic() - began
        assert done["state"] == "complete", done["notes"]
        figures = {"seconds": seconds, "requests": done["calls"], "found": done["found"]}
        return {**figures, "added_mib": peak_mib(made) - before}
    finally:
        made.close()


def forget(made: Keystead) -> None:
    """Has everything be found as if for the first time."""
    with closing(sqlite3.connect(made.data / "keystead.db")) as connection, connection:
        for table in ("cloud_resources", "cloud_lists"):
            connection.execute(f"delete from {table}")


def peak_mib(made: Keystead) -> float:
    assert made.server is not None
    status = Path(f"/proc/{made.server.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


def boto3_script(url: str) -> dict[str, float]:
    """The script in a process of its own."""
    script = [sys.executable, str(HERE / "discover_with_boto3.py"), url, *filled_moto.REGIONS]
    done = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def replay(url: str, calls: list[Asked]) -> float:
    """Seconds that the same requests take from a client that only sends them and reads what comes back."""
    host, own = urllib.parse.urlsplit(url).netloc, local()

    def send(asked: Asked) -> None:
        if not hasattr(own, "to"):
            own.to = http.client.HTTPConnection(host, timeout=60)
        own.to.request(asked.method, asked.path, asked.body or None, asked.headers)
        reply = own.to.getresponse()
        assert reply.status == 200, reply.read()
        reply.read()

    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, calls))
    return time.monotonic() - began


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder)), indent=2))
