"""Somebody who tries passwords of one user from a hundred addresses at once, and the user, who signs in all the while:
attack C5."""

from __future__ import annotations

import http.client
import random
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field

from .authenticator import STEP_SECONDS, code, enable_mfa
from .console import HIDDEN, Answer, Session
from .keystead import Keystead

ADDRESSES = 100
THREADS = 40
# As many wrong passwords as a principal has.
BUDGET = 5
USER = "sought"
PASSWORD = "correct horse battery staple 1A!"
WRONG = "Your authentication information is incorrect."
CHALLENGED = "Many wrong passwords came from your address"
CROWDED = "Too many people are signing in right now."
CODE_ASKED = "Multi-factor authentication"


@dataclass
class Course:
    """What came of it."""

    # How often strangers were answered in which way.
    strangers: Counter[str] = field(default_factory=Counter)
    # How often the user got past the password, and how often in.
    passed: int = 0
    entered: int = 0
    # The longest that took, in seconds.
    slowest: float = 0.0


class Stranger(Session):
    """A browser at another address of loopback, which nobody signed in with before."""

    def __init__(self, keystead: Keystead, address: str) -> None:
        super().__init__(keystead)
        self._address = address

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            "127.0.0.1", self.keystead.port, timeout=30, source_address=(self._address, 0)
        )


def give(session: Session, fields: dict[str, str], password: str) -> Answer:
    return session.post("/console/signin", {**fields, "password": password})


def kind_of(answer: Answer) -> str:
    for kind, text in (("wrong", WRONG), ("challenged", CHALLENGED), ("made to wait", CROWDED)):
        if answer.status >= 400 and text in answer.text:
            return kind
    return "let in" if answer.status < 400 else f"status {answer.status}"


def run(keystead: Keystead, seconds: float) -> Course:
    """Spends the user's budget and then tries the right password, which must not be looked at any more, until the time
    is over. The user signs in with a browser that is known, and with a code."""
    iam = keystead.client("iam")
    iam.create_user(UserName=USER)
    iam.create_login_profile(UserName=USER, Password=PASSWORD)
    seed = enable_mfa(iam, USER)
    owner = Session(keystead)
    fields = dict(HIDDEN.findall(owner.get("/console/signin").text))
    fields |= {"kind": "user", "account": keystead.account_id, "user": USER}
    spent = int(time.time()) // STEP_SECONDS
    enter(owner, give(owner, fields, PASSWORD), seed, spent)
    owner.cookies = {name: value for name, value in owner.cookies.items() if "device" in name}

    strangers = [Stranger(keystead, f"127.0.1.{number}") for number in range(1, ADDRESSES + 1)]
    for stranger in strangers[:BUDGET]:
        assert kind_of(give(stranger, fields, "wrong")) == "wrong"
    course, ends, chance = Course(), time.monotonic() + seconds, random.Random(1)

    def attack() -> None:
        while time.monotonic() < ends:
            course.strangers[kind_of(give(chance.choice(strangers), fields, PASSWORD))] += 1

    threads = [threading.Thread(target=attack) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    while time.monotonic() < ends:
        began = time.monotonic()
        browser = Session(keystead, dict(owner.cookies))
        asked = give(browser, fields, PASSWORD)
        course.passed += CODE_ASKED in asked.text
        assert CODE_ASKED in asked.text, (asked.status, asked.text[-2000:])
        course.slowest = max(course.slowest, time.monotonic() - began)
        # A code is good once.
        if (step := int(time.time()) // STEP_SECONDS) > spent:
            enter(browser, asked, seed, step)
            spent, course.entered = step, course.entered + 1
        time.sleep(0.5)
    for thread in threads:
        thread.join()
    return course


def enter(session: Session, asked: Answer, seed: str, step: int) -> None:
    """Gives the code of a step, and is let in."""
    fields = {**dict(HIDDEN.findall(asked.text)), "code": code(seed, step)}
    answer = session.post("/console/signin/code", fields)
    assert answer.status == 303, (answer.status, answer.text[-2000:])
