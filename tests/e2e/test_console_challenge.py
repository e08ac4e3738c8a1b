"""Many wrong passwords from one address: nobody is shut out, a person answers a picture and a program computes, and who
signed in before is not asked."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest
from harness.attack import BUDGET, run
from harness.browser import Browser, axe, overflow
from harness.console import HIDDEN, Answer, Session, signed_in
from harness.keystead import Keystead, binary

PASSWORD = "Correct-horse-battery-5"
AFTER = 20
# Longer than a code is good for, so that the owner shows another one.
ATTACK_SECONDS = 35
SLOW_MS = 30_000


@pytest.fixture
def console(new_keystead: Callable[[], Keystead]) -> Keystead:
    made = new_keystead()
    made.start()
    made.command("root", "password", stdin=PASSWORD)
    iam = made.client("iam")
    iam.create_user(UserName="alice")
    iam.create_login_profile(UserName="alice", Password=PASSWORD)
    return made


def doubt(console: Keystead) -> None:
    """Has somebody at this address try names."""
    for number in range(AFTER):
        refused = Session(console).sign_in(f"nobody-{number}", PASSWORD)
        assert refused.status == 403 and "incorrect" in refused.text, number


def test_a_person_answers_the_picture_or_has_it_computed(console: Keystead, browser: Browser) -> None:
    with browser.page() as known:
        known.goto(f"{console.url}/console/signin")
        known.get_by_label("Account id or alias").fill(console.account_id)
        known.get_by_label("User name").fill("alice")
        known.get_by_label("Password").fill(PASSWORD)
        known.get_by_role("button", name="Sign in").click()
        known.get_by_role("button", name="Sign out", exact=True).click()
        doubt(console)
        # This browser is known, but not to everybody.
        known.goto(f"{console.url}/console/signin")
        assert known.get_by_role("img", name=re.compile("Six letters")).count() == 0
        for name, expected in (("root@example.com", "img"), ("alice", "Sign out")):
            if "@" in name:
                known.get_by_role("link", name="Sign in using root account credentials").click()
                known.get_by_label("E-mail address").fill(name)
            else:
                known.goto(f"{console.url}/console/signin")
                known.get_by_label("Account id or alias").fill(console.account_id)
                known.get_by_label("User name").fill(name)
            known.get_by_label("Password").fill(PASSWORD)
            known.get_by_role("button", name="Sign in", exact=True).click()
            if expected == "img":
                known.get_by_text("Many wrong passwords came from your address").wait_for()
                known.get_by_role("img", name=re.compile("Six letters")).wait_for()
            else:
                known.get_by_role("button", name="Sign out", exact=True).wait_for()
    with browser.page() as page:
        page.goto(f"{console.url}/console/signin")
        page.get_by_role("img", name=re.compile("Six letters")).wait_for()
        assert axe(page) == [] and overflow(page) == ""
        page.get_by_label("Account id or alias").fill(console.account_id)
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("The letters in the picture").fill("QQQQQQ")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("That is not what the picture shows.").wait_for()
        assert page.get_by_label("User name").input_value() == "alice"
        page.get_by_text("I cannot read the picture").click()
        page.get_by_role("button", name="Compute it").click()
        page.wait_for_function("document.getElementById('answer').value !== ''", timeout=SLOW_MS)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out", exact=True).wait_for()
    assert "many wrong passwords come from one address" in console.log.read_text()


def answered(console: Keystead, session: Session, page: Answer) -> Answer:
    """Sends the entrance's form with the answer that `keystead proof` computes, as the page says."""
    [task] = re.findall(r"<code>keystead proof ([^<]+)</code>", page.text)
    computed = subprocess.run([str(binary()), "proof", task], capture_output=True, text=True, timeout=60, check=True)
    fields = {"kind": "user", "account": console.account_id, "user": "alice", "password": PASSWORD}
    return session.post(
        "/console/signin", {**dict(HIDDEN.findall(page.text)), **fields, "answer": computed.stdout.strip()}
    )


def test_nobody_is_let_in_without_an_answer_and_an_answer_is_good_once(console: Keystead) -> None:
    doubt(console)
    session = Session(console)
    refused = session.sign_in("alice", PASSWORD)
    assert refused.status == 403 and "Many wrong passwords came from your address" in refused.text
    page = session.get("/console/signin")
    assert answered(console, session, page).status == 303
    again = answered(console, Session(console), page)
    assert again.status == 403 and "That is not what the picture shows." in again.text
    # A browser that is known by now needs none.
    assert session.sign_in("alice", PASSWORD).status == 303
    # Nobody else's requests are touched, and a restart begins anew.
    assert console.client("sts").get_caller_identity()["Account"] == console.account_id
    console.stop()
    console.start()
    assert signed_in(console, "alice", PASSWORD).get("/console").status == 200


def test_c5_from_a_hundred_addresses_no_guess_is_checked_and_the_owner_goes_on_signing_in(console: Keystead) -> None:
    course = run(console, ATTACK_SECONDS)
    print(course)
    assert set(course.strangers) <= {"wrong", "challenged", "made to wait"}, course
    assert sum(course.strangers.values()) > 10 * BUDGET and course.passed > 5 and course.entered, course
