"""Whether cost is flat: the same calls to an account of a hundred users and to one of a hundred thousand, in
turns; and what the credential report of the larger one takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import load
import sign
from installation import Installation
from load import Kind, replay, take_turns
from sign import query_requests, write

FEW_USERS, MANY_USERS = 100, 100_000
# As many callers in both, so that nothing but the users around them differs.
CALLERS = FEW_USERS
PAGE = 50
SECONDS_MAX = 20
REPORT_SECONDS_MAX = 60
SAMPLE_SECONDS = 0.005

Calls = Callable[[Installation], Iterable[sign.Request]]


def measure(folder: Path, rounds: int, connections: int, seconds: float) -> dict[str, float]:
    """Each cost at many users as a multiple of that at few."""
    with (
        Installation(folder / "flat-few", FEW_USERS, CALLERS) as few,
        Installation(folder / "flat-many", MANY_USERS, CALLERS) as many,
    ):
        for one in (few, many):
            one.start()
        kinds = {
            (name, number): of(one, f"{name}_{number}", calls, folder)
            for name, calls in (("list_users", list_users), ("get_user", get_user))
            for number, one in enumerate((few, many))
        }
        take_turns(list(kinds.values()), rounds, connections, seconds)
        created = [[], []]
        names = [iter([caller.user_name for caller in one.callers]) for one in (few, many)]
        for _ in range(rounds):
            for number, one in enumerate((few, many)):
                created[number].append(create_us(one, names[number], CALLERS // rounds, folder))
        return {
            "flat_few_users": FEW_USERS,
            "flat_many_users": MANY_USERS,
            **{
                f"{name}_flat": kinds[name, 0].per_second() / kinds[name, 1].per_second()
                for name in ("list_users", "get_user")
            },
            "create_flat": statistics.median(created[1]) / statistics.median(created[0]),
            **report(many),
        }


def of(one: Installation, name: str, calls: Calls, folder: Path) -> Kind:
    keystead = one.keystead
    assert keystead.server is not None
    return Kind(name, keystead.port, keystead.server.pid, lambda: calls(one), folder / name)


def get_user(one: Installation) -> Iterable[sign.Request]:
    calls = ((caller.key, {"Action": "GetUser", "UserName": caller.user_name}) for caller in one.callers)
    return query_requests(one.host, calls)


def list_users(one: Installation) -> Iterable[sign.Request]:
    """Pages from the beginning, and from the middle of all users."""
    page = {"Action": "ListUsers", "MaxItems": str(PAGE)}
    pages = [page, {**page, "Marker": marker_in_the_middle(one)}]
    calls = ((caller.key, pages[number % 2]) for number, caller in enumerate(one.callers))
    return query_requests(one.host, calls)


def marker_in_the_middle(one: Installation) -> str:
    iam = one.keystead.client("iam")
    half = iam.get_account_summary()["SummaryMap"]["Users"] // 2
    step = min(half, 1000)
    marker: dict[str, str] = {}
    for _ in range(half // step):
        marker = {"Marker": iam.list_users(MaxItems=step, **marker)["Marker"]}
    return marker["Marker"]


def create_us(one: Installation, names: Iterator[str], count: int, folder: Path) -> float:
    """What creating a key takes one client, in the middle of `count` times."""
    keystead = one.keystead
    assert keystead.server is not None
    file = folder / "flat-create"
    calls = ((keystead.root, {"Action": "CreateAccessKey", "UserName": name}) for name in islice(names, count))
    assert write(file, query_requests(one.host, calls, flip=False)) == count
    return replay(keystead.port, file, keystead.server.pid, 1, SECONDS_MAX, once=True).p50_us


def report(one: Installation) -> dict[str, float]:
    """From the call that starts the report to the one that finds it complete, and the memory that took."""
    iam = one.keystead.client("iam")
    assert one.keystead.server is not None
    pid = one.keystead.server.pid
    before = most = load.rss_kib(pid)
    began = time.monotonic()
    assert iam.generate_credential_report()["State"] == "STARTED"
    file = one.keystead.data / "reports" / f"{one.keystead.account_id}.csv"
    while not file.exists():
        assert time.monotonic() - began < REPORT_SECONDS_MAX, "the report takes too long"
        most = max(most, load.rss_kib(pid))
        time.sleep(SAMPLE_SECONDS)
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    seconds = time.monotonic() - began
    lines = iam.get_credential_report()["Content"].count(b"\n")
    assert lines == MANY_USERS + 2, lines
    return {"report_s": seconds, "report_added_mib": (most - before) / 1024}
