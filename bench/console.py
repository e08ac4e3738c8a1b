#!/usr/bin/env python3
"""What a page of the console takes among a hundred thousand users, what the first one brings over the line, and what
people at the console cost those whose requests are verified meanwhile.

The pages are those that links lead to from Home, one of each shape, each asked for by one browser on one connection:
from the request to the last byte.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from harness.console import Session, signed_in  # noqa: E402
from harness.pages import Document, crawl  # noqa: E402
from installation import GUARDED_HOST, Installation  # noqa: E402
from load import Kind  # noqa: E402
from sign import json_requests  # noqa: E402

USERS = 100_000
SIGNERS = 5_000
PASSWORD = "correct horse battery staple 1A!"
LOADS = 15
# People who each look at a new page every second.
PEOPLE = 10
STARTS = ("/console", "/console/users")
# Pages that do work once and are shown again from what was kept would be no measure; these follow nothing.
SKIPPED = ("/live", "/signout", ".csv")


def measure(folder: Path, rounds: int, connections: int, seconds: float) -> dict[str, float]:
    """Milliseconds a page, bytes of the first, and the p99 of verification alone and beside the console."""
    with Installation(folder / "console", USERS, SIGNERS) as many:
        many.start()
        many.keystead.command("root", "password", stdin=PASSWORD)
        session = signed_in(many.keystead, "root@example.com", PASSWORD)
        addresses = pages(session)
        times = {address: statistics.median(load(many, session, address)) for address in addresses}
        for address in sorted(times, key=lambda address: -times[address])[:3]:
            print(f"  {times[address]:.1f} ms  {address}", flush=True)
        return {
            "console_users": USERS,
            "console_pages": len(times),
            "console_page_ms": statistics.median(times.values()),
            "console_slowest_ms": max(times.values()),
            "console_first_kib": first_load(many, session) / 1024,
            **beside(many, session, addresses, rounds, connections, seconds),
        }


def pages(session: Session) -> list[str]:
    """One page of each shape that a link leads to."""
    site = crawl(session, *STARTS)
    found = [address for address in site.one_of_each_shape() if site.pages[address].is_html]
    return [address for address in found if not any(word in address for word in SKIPPED)]


def load(many: Installation, session: Session, address: str) -> list[float]:
    """Milliseconds of each time."""
    connection = http.client.HTTPConnection("127.0.0.1", many.keystead.port, timeout=60)
    found = []
    for _ in range(LOADS):
        began = time.perf_counter()
        ask(connection, session, address)
        found.append((time.perf_counter() - began) * 1e3)
    connection.close()
    return found


def ask(connection: http.client.HTTPConnection, session: Session, address: str) -> bytes:
    cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    connection.request("GET", address, headers={"Cookie": cookies, "Accept-Encoding": "gzip, br"})
    reply = connection.getresponse()
    body = reply.read()
    assert reply.status == 200, (address, reply.status)
    return body


def first_load(many: Installation, session: Session) -> int:
    """Bytes of Home and of everything that it names, as they are sent."""
    connection = http.client.HTTPConnection("127.0.0.1", many.keystead.port, timeout=60)
    page = ask(connection, session, "/console")
    assets = {asset for asset in Document(page.decode()).assets if asset.startswith("/")}
    return len(page) + sum(len(ask(connection, session, asset)) for asset in assets)


def beside(
    many: Installation, session: Session, addresses: list[str], rounds: int, connections: int, seconds: float
) -> dict[str, float]:
    """Verification in turns: alone, and while people look at pages."""
    keystead = many.keystead
    assert keystead.server is not None
    kinds = [
        Kind(
            name,
            keystead.port,
            keystead.server.pid,
            lambda: json_requests(GUARDED_HOST, many.host, many.verifier_token, many.callers),
            keystead.data.parent / name,
        )
        for name in ("verify-alone", "verify-beside")
    ]
    looked = 0
    for _ in range(rounds):
        kinds[0].measure(connections, seconds)
        with People(many, session, addresses) as people:
            kinds[1].measure(connections, seconds)
        looked += people.looked
    assert looked, "nobody looked at a page"
    alone, crowded = (kind.p99_us() for kind in kinds)
    return {
        "console_verify_p99_us": alone,
        "console_verify_beside_p99_us": crowded,
        "console_verify_p99_of_alone": crowded / alone,
        "console_verify_per_s_of_alone": kinds[1].per_second() / kinds[0].per_second(),
    }


class People:
    """Browsers that each load a page a second, for as long as this lasts."""

    def __init__(self, many: Installation, session: Session, addresses: list[str]) -> None:
        self.looked = 0
        self._ended = threading.Event()
        self._of = (many, session, addresses)
        self._threads = [threading.Thread(target=self._look, args=(number,)) for number in range(PEOPLE)]

    def _look(self, number: int) -> None:
        many, session, addresses = self._of
        connection = http.client.HTTPConnection("127.0.0.1", many.keystead.port, timeout=60)
        self._ended.wait(number / PEOPLE)
        while not self._ended.is_set():
            began = time.monotonic()
            ask(connection, session, addresses[(number + self.looked) % len(addresses)])
            self.looked += 1
            self._ended.wait(max(0.0, began + 1.0 - time.monotonic()))
        connection.close()

    def __enter__(self) -> People:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()


def main() -> None:
    """`bench/console.py` alone: what `make bench` measures of the console."""
    with tempfile.TemporaryDirectory(prefix="bench-console-") as folder:
        print(json.dumps(measure(Path(folder), rounds=5, connections=16, seconds=2.0), indent=2))


if __name__ == "__main__":
    main()
