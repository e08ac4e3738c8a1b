"""Running `replay` against a server, again and again, and what comes out as medians."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import sign
from harness.keystead import REPOSITORY
from harness.process import Child, free_port, is_listening
from harness.signing import send

SERVER_CORE = ("taskset", "-c", "0")
LOAD_CORE = ("taskset", "-c", "1")
# The verify adapters accept signatures of the last five minutes.
SIGNATURE_SECONDS = 120


def bench_program(name: str) -> str:
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return str(target / "bench" / "release" / name)


@dataclass
class Sample:
    """One run of `replay`."""

    per_second: float
    server_cpu_us: float
    p50_us: float
    p99_us: float
    refused: int


def replay(port: int, requests: Path, pid: int, connections: int, seconds: float, once: bool = False) -> Sample:
    """Loads the server; fails when any request is answered with another status than it must be."""
    done = subprocess.run(
        [
            *(*LOAD_CORE, bench_program("replay"), "--address", f"127.0.0.1:{port}"),
            *("--requests", str(requests), "--connections", str(connections)),
            *("--seconds", str(seconds), "--pid", str(pid), *(["--once"] if once else [])),
        ],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"replay: {done.stderr}")
    report = json.loads(done.stdout)
    if report["unexpected"] or report["cut"] or not report["requests"]:
        raise AssertionError(f"{requests.name}: wrong answers: {report}")
    figures = (report[name] for name in ("per_second", "server_cpu_us", "p50_us", "p99_us"))
    return Sample(*figures, refused=report["statuses"].get("403", 0))


@dataclass
class Kind:
    """One kind of request against one server, measured in turns with the others."""

    name: str
    port: int
    pid: int
    requests: Callable[[], Iterable[sign.Request]]
    file: Path
    is_floor: bool = False
    samples: list[Sample] = field(default_factory=list)
    _signed_at: float = float("-inf")

    def measure(self, connections: int, seconds: float) -> None:
        if time.monotonic() - self._signed_at > SIGNATURE_SECONDS:
            sign.write(self.file, self.requests())
            self._signed_at = time.monotonic()
        sample = replay(self.port, self.file, self.pid, connections, seconds)
        # `replay` has compared every status; this makes sure that there was something to refuse.
        assert self.is_floor or sample.refused, f"{self.name}: no flipped signature was sent"
        self.samples.append(sample)

    def floor(self, folder: Path) -> tuple[Kind, Child]:
        """A bare server that gives the answer Keystead gives to the first of these requests."""
        recorded = folder / f"{self.name}.reply"
        recorded.write_bytes(record_reply(self.port, next(iter(self.requests()))))
        port = free_port()
        arguments = [*SERVER_CORE, bench_program("floor"), str(port), str(recorded)]
        child = Child("floor", arguments, folder / "floor.log")
        child.wait_until(lambda: is_listening(port), 5, "the floor listens")
        file = self.file.with_suffix(".floor")

        def requests() -> Iterable[sign.Request]:
            # The floor answers everything alike.
            for request in self.requests():
                yield sign.Request(request.path, request.headers, request.body)

        return Kind(f"{self.name} floor", port, child.pid, requests, file, is_floor=True), child

    def per_second(self) -> float:
        return statistics.median(sample.per_second for sample in self.samples)

    def cpu_us(self) -> float:
        return statistics.median(sample.server_cpu_us for sample in self.samples)

    def p99_us(self) -> float:
        return statistics.median(sample.p99_us for sample in self.samples)


def record_reply(port: int, request: sign.Request) -> bytes:
    """Keystead's reply, byte for byte."""
    reply = send(port, request.encode())
    assert reply.status == 200, reply
    head = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + reply.body


def take_turns(kinds: list[Kind], rounds: int, connections: int, seconds: float) -> None:
    """All kinds after each other, `rounds` times: what disturbs the machine disturbs them alike."""
    for number in range(rounds):
        for kind in kinds:
            kind.measure(connections, seconds)
        print(f"  round {number + 1} of {rounds}", flush=True)


def rss_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])


