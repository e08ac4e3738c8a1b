"""Puts random cases to the engine, to the oracle, and where it can read them to moto; none may differ.

`cargo xtask conform policy` runs this with ten million cases, the tests with two hundred thousand.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import moto_voice
import oracle
from engine import Engine, policies_json, request_json
from generate import OPERATORS, Draw
from oracle import Coverage

# How many requests are put to the same policies.
REQUESTS_PER_SEED = 10


class Difference(Exception):
    """Two that were asked the same and did not answer the same."""


@dataclass
class Tally:
    """What was compared."""

    cases: int = 0
    # Those that moto answered as well.
    third_voice: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    seen: Coverage = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.cases += other.cases
        self.third_voice += other.third_voice
        self.outcomes.update(other.outcomes)
        self.seen.update(other.seen)

    def rarest(self) -> tuple[tuple[str, bool], int]:
        """The condition that was decided least often: its operator, whether the key was there, how often."""
        kinds = ((operator, present) for operator in OPERATORS for present in (True, False))
        return min(((kind, self.seen[kind]) for kind in kinds), key=lambda pair: pair[1])

    def __str__(self) -> str:
        (operator, present), count = self.rarest()
        return (
            f"{self.cases:,} cases, {self.third_voice:,} of them put to moto too: no difference. "
            f"{len(OPERATORS)} operators with the key and without; the rarest, {operator} "
            f"{'with' if present else 'without'} it, was decided {count:,} times."
        )


def compare_seeds(seeds: range, profile: str) -> Tally:
    """Compares what the seeds draw."""
    tally = Tally()
    with Engine(profile) as engine:
        for seed in seeds:
            compare_seed(seed, engine, tally)
    return tally


def compare_seed(seed: int, engine: Engine, tally: Tally) -> None:
    draw = Draw(seed)
    requests = [draw.request() for _ in range(REQUESTS_PER_SEED)]
    engine.ask(draw.policies, requests)
    expected = [oracle.decide(draw.policies, request, tally.seen) for request in requests]
    moto = moto_voice.decide(draw.policies, requests)
    for request, verdict, answer, third in zip(requests, expected, engine.answers(), moto, strict=True):
        outcome = verdict[0]
        if answer != verdict or third not in (None, outcome):
            case = {"policies": policies_json(draw.policies), "request": request_json(request)}
            raise Difference(
                f"seed {seed}: the oracle says {verdict}, the engine {answer}, moto {third or 'nothing'}\n"
                f"{json.dumps(case, indent=1)}"
            )
        tally.cases += 1
        tally.third_voice += third is not None
        tally.outcomes[outcome] += 1


def compare(cases: int, jobs: int, profile: str = "debug") -> Tally:
    """Compares that many cases in that many processes."""
    seeds = range(-(-cases // REQUESTS_PER_SEED))
    # Portions, so that what is left at the end is spread over the processes too.
    portions = [range(first, len(seeds), jobs * 8) for first in range(jobs * 8)]
    tally = Tally()
    with ProcessPoolExecutor(jobs) as pool:
        for portion in pool.map(compare_seeds, portions, itertools.repeat(profile)):
            tally.add(portion)
    return tally


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--cases", type=int, required=True)
    arguments.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments.add_argument("--release", action="store_const", const="release", default="debug")
    chosen = arguments.parse_args()
    began = time.monotonic()
    try:
        tally = compare(chosen.cases, chosen.jobs, chosen.release)
    except Difference as difference:
        sys.exit(str(difference))
    print(f"{tally} {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
