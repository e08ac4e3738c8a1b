"""How long the console takes to refuse a sign-in, by what is wrong with it: attack C1 of names that can be told by time."""

from __future__ import annotations

import http.client
import itertools
import random
import statistics
import time
import urllib.parse
from dataclasses import dataclass, field

from .authenticator import enable_mfa
from .console import HIDDEN, Session
from .keystead import Keystead

# As many wrong passwords as a principal has.
BUDGET = 5
PASSWORD = "correct horse battery staple 1A!"


@dataclass
class Times:
    """Seconds, by class; `wrong` is of a user with a password."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def median_ms(self, name: str) -> float:
        return statistics.median(self.of[name]) * 1e3

    def t(self, name: str, other: str = "wrong") -> float:
        """Welch's t of two classes, without the slowest tenth of each, which is the machine's."""
        one, two = (sorted(self.of[name])[: len(self.of[name]) * 9 // 10] for name in (name, other))
        spread = statistics.variance(one) / len(one) + statistics.variance(two) / len(two)
        return (statistics.fmean(one) - statistics.fmean(two)) / spread**0.5


def measure(keystead: Keystead, samples: int) -> Times:
    """Each class so many times, in an order that is drawn."""
    iam, account = keystead.client("iam"), keystead.account_id
    users = -(-samples // BUDGET)
    for number in range(users):
        for kind in ("timed", "timed-mfa"):
            name = f"{kind}-{number}"
            iam.create_user(UserName=name)
            iam.create_login_profile(UserName=name, Password=PASSWORD)
        enable_mfa(iam, f"timed-mfa-{number}")
    for name in ("timed-without", "timed-locked"):
        iam.create_user(UserName=name)
    iam.create_login_profile(UserName="timed-locked", Password=PASSWORD)
    fresh, with_mfa = itertools.count(), itertools.count()
    classes = {
        "wrong": lambda: (account, f"timed-{next(fresh) // BUDGET}"),
        "with MFA": lambda: (account, f"timed-mfa-{next(with_mfa) // BUDGET}"),
        "no password": lambda: (account, "timed-without"),
        "no user": lambda: (account, "timed-nobody"),
        "no account": lambda: ("999999999999", "timed-nobody"),
        "locked": lambda: (account, "timed-locked"),
    }
    door = Door(keystead)
    for _ in range(BUDGET + 1):
        door.time(*classes["locked"]())
    times, order = Times({name: [] for name in classes}), list(classes) * samples
    random.Random(1).shuffle(order)
    for name in order:
        times.of[name].append(door.time(*classes[name]()))
    return times


class Door:
    """One connection of one browser that nobody knows."""

    def __init__(self, keystead: Keystead) -> None:
        self._keystead = keystead
        self._connection = http.client.HTTPConnection("127.0.0.1", keystead.port, timeout=30)
        self._hidden = dict(HIDDEN.findall(Session(keystead).get("/console/signin").text))

    def time(self, account: str, user: str) -> float:
        """Seconds until a wrong password is refused."""
        fields = {**self._hidden, "kind": "user", "account": account, "user": user, "password": "Wrong-password-1"}
        body = urllib.parse.urlencode(fields)
        own = {"Origin": self._keystead.url, "Sec-Fetch-Site": "same-origin"}
        began = time.perf_counter()
        self._connection.request(
            "POST", "/console/signin", body, {"Content-Type": "application/x-www-form-urlencoded", **own}
        )
        reply = self._connection.getresponse()
        reply.read()
        seconds = time.perf_counter() - began
        assert reply.status == 403, reply.status
        return seconds
