"""Passkeys, by the authenticator that Chromium has for tests: made for a user and for the root user, signed in with, seen
by IAM's own operations, and refused whenever anything about one is not as it was asked."""

from __future__ import annotations

import json
import re
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from harness.authenticator import enable_mfa
from harness.browser import Browser, axe, overflow
from harness.console import HIDDEN, Session
from harness.keystead import ADMINISTRATOR_ACCESS, Keystead
from playwright.sync_api import CDPSession, Page, Route, expect

PASSWORD = "Correct-horse-battery-5"
OWN = "/console/security-credentials"
SLOW_MS = 20_000
WRONG = "Your authentication information is incorrect. Please try again."


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystead]:
    made = Keystead(tmp_path_factory.mktemp("passkeys"))
    made.init()
    made.start()
    made.command("root", "password", stdin=PASSWORD)
    yield made
    made.close()


@pytest.fixture
def user(console: Keystead) -> str:
    name, iam = f"user-{uuid.uuid4().hex[:10]}", console.client("iam")
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password=PASSWORD)
    iam.attach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR_ACCESS)
    return name


def site(console: Keystead) -> str:
    """The name that browsers make passkeys for."""
    return f"http://localhost:{console.port}"


class Authenticator:
    """One that is plugged into a page's browser."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
        self.id = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def send(self, what: str, **given: Any) -> Any:
        return self._cdp.send(f"WebAuthn.{what}", {"authenticatorId": self.id, **given})

    @property
    def credentials(self) -> list[dict[str, Any]]:
        return list(self.send("getCredentials")["credentials"])


@contextmanager
def browsing(browser: Browser) -> Iterator[tuple[Page, Authenticator]]:
    with browser.page() as page:
        yield page, Authenticator(page)


def sign_in(page: Page, console: Keystead, user: str) -> None:
    """Up to the second factor, or in."""
    page.goto(f"{site(console)}/console/signin{'?kind=root' if '@' in user else ''}")
    if "@" in user:
        page.get_by_label("E-mail address").fill(user)
    else:
        page.get_by_label("Account id or alias").fill(console.account_id)
        page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def add(page: Page, console: Keystead, name: str) -> None:
    page.goto(f"{site(console)}{OWN}")
    page.get_by_role("link", name="Add passkey").click()
    assert axe(page) == [] and overflow(page) == ""
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url(f"**{OWN}?said=mfa-enabled")
    expect(page.get_by_text(re.compile(f":u2f/.*/{name}-[A-Z2-7]{{16}}"))).to_be_visible()


def leave(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()


def with_passkey(page: Page) -> None:
    expect(page.get_by_role("heading", name="Multi-factor authentication")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()


def is_in(page: Page) -> None:
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()


def test_a_user_makes_one_signs_in_with_it_and_iam_knows_it(console: Keystead, browser: Browser, user: str) -> None:
    iam = console.client("iam")
    in_use = iam.get_account_summary()["SummaryMap"]["MFADevicesInUse"]
    with browsing(browser) as (page, _):
        sign_in(page, console, user)
        is_in(page)
        add(page, console, "laptop")
        [device] = iam.list_mfa_devices(UserName=user)["MFADevices"]
        serial = device["SerialNumber"]
        assert serial.startswith(f"arn:aws:iam::{console.account_id}:u2f/user/{user}/laptop-")
        assert iam.get_mfa_device(UserName=user, SerialNumber=serial)["UserName"] == user
        assert iam.get_account_summary()["SummaryMap"]["MFADevicesInUse"] == in_use + 1
        assert iam.list_virtual_mfa_devices(AssignmentStatus="Any")["VirtualMFADevices"] == []
        # The same authenticator makes no second one for the same person.
        page.goto(f"{site(console)}{OWN}/passkeys/new")
        page.get_by_role("button", name="Add passkey").click()
        expect(page.get_by_text("This authenticator has a passkey for you already.")).to_be_visible()
        leave(page)
        for _ in range(2):
            sign_in(page, console, user)
            assert axe(page) == [] and overflow(page) == ""
            assert page.get_by_label("MFA code").count() == 0
            with_passkey(page)
            is_in(page)
            page.goto(f"{site(console)}/console/sessions")
            expect(page.get_by_text("with MFA").first).to_be_visible()
            leave(page)
        iam.deactivate_mfa_device(UserName=user, SerialNumber=serial)
        assert iam.list_mfa_devices(UserName=user)["MFADevices"] == []
        sign_in(page, console, user)
        is_in(page)


def test_beside_an_authenticator_app_either_will_do(console: Keystead, browser: Browser, user: str) -> None:
    with browsing(browser) as (page, _):
        sign_in(page, console, user)
        add(page, console, "key")
        enable_mfa(console.client("iam"), user)
        leave(page)
        sign_in(page, console, user)
        assert axe(page) == []
        expect(page.get_by_label("MFA code")).to_be_visible()
        with_passkey(page)
        is_in(page)
        # Taken off in the console, it is gone.
        page.goto(f"{site(console)}{OWN}")
        page.get_by_role("link", name=re.compile("^Remove .*u2f")).click()
        page.get_by_label("the word remove").fill("remove")
        page.get_by_role("button", name="Remove device").click()
        expect(page.get_by_text(":u2f/")).to_have_count(0)
        leave(page)
        sign_in(page, console, user)
        expect(page.get_by_label("MFA code")).to_be_visible()
        assert page.get_by_role("button", name="Use a passkey").count() == 0


def test_the_root_user_has_one_too(console: Keystead, browser: Browser) -> None:
    with browsing(browser) as (page, _):
        sign_in(page, console, "root@example.com")
        add(page, console, "safe")
        assert console.client("iam").get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1
        leave(page)
        sign_in(page, console, "root@example.com")
        with_passkey(page)
        is_in(page)
        [device] = console.client("iam").list_mfa_devices()["MFADevices"]
        assert f":{console.account_id}:u2f/root-account/safe-" in device["SerialNumber"]
        console.client("iam").deactivate_mfa_device(SerialNumber=device["SerialNumber"])


def test_c3_no_other_key_and_no_answer_twice_gets_in(console: Keystead, browser: Browser, user: str) -> None:
    iam, stranger = console.client("iam"), f"user-{uuid.uuid4().hex[:10]}"
    iam.create_user(UserName=stranger)
    iam.create_login_profile(UserName=stranger, Password=PASSWORD)
    iam.attach_user_policy(UserName=stranger, PolicyArn=ADMINISTRATOR_ACCESS)
    sent: list[str] = []
    made: dict[str, dict[str, Any]] = {}
    with browsing(browser) as (page, authenticator):
        page.on("request", lambda asked: sent.append(asked.post_data or "") if "/signin/passkey" in asked.url else None)
        for name in (user, stranger):
            sign_in(page, console, name)
            add(page, console, "key")
            leave(page)
            known = {one["credentialId"] for one in made.values()}
            made[name] = next(one for one in authenticator.credentials if one["credentialId"] not in known)
        sign_in(page, console, user)
        with_passkey(page)
        is_in(page)
        leave(page)
        # What was answered once, sent again, and to another person's sign-in.
        answered = dict(re.findall(r"(\w+)=([^&]*)", sent[-1]))
        for name in (user, stranger):
            sign_in(page, console, name)
            hidden = dict(HIDDEN.findall(page.content()))
            answer = urllib.parse.unquote_plus(answered["credential"])
            fields = {**hidden, "ceremony": answered["ceremony"], "credential": answer}
            refused = Session(console).post("/console/signin/passkey", fields)
            assert refused.status == 403 and WRONG in refused.text and refused.headers.get("set-cookie") is None, name
        # The stranger's key with the right name on it.
        own, other = made[user], made[stranger]
        sign_in(page, console, user)
        authenticator.send("removeCredential", credentialId=own["credentialId"])
        authenticator.send("removeCredential", credentialId=other["credentialId"])
        authenticator.send("addCredential", credential={**own, "privateKey": other["privateKey"], "signCount": 50})
        with_passkey(page)
        expect(page.get_by_text(WRONG)).to_be_visible(timeout=SLOW_MS)
        # Answers that are none.
        hidden = dict(HIDDEN.findall(page.content()))
        for credential in ("", "{}", json.dumps({"id": own["credentialId"]}), "null"):
            refused = Session(console).post("/console/signin/passkey", {**hidden, "credential": credential})
            assert refused.status == 403 and WRONG in refused.text, credential
        # Five wrong ones, and even the right one has to wait.
        authenticator.send("removeCredential", credentialId=own["credentialId"])
        authenticator.send("addCredential", credential={**own, "signCount": 60})
        sign_in(page, console, user)
        with_passkey(page)
        expect(page.get_by_text(WRONG)).to_be_visible(timeout=SLOW_MS)


def test_c3_what_one_sign_in_asked_is_answered_in_no_other(console: Keystead, browser: Browser, user: str) -> None:
    held: list[str] = []

    def hold(route: Route) -> None:
        held.append(route.request.post_data or "")
        route.abort()

    with browsing(browser) as (page, _):
        sign_in(page, console, user)
        add(page, console, "key")
        leave(page)
        sign_in(page, console, user)
        other = dict(HIDDEN.findall(page.content()))
        page.route("**/signin/passkey", hold)
        sign_in(page, console, user)
        with page.expect_event("requestfailed"):
            with_passkey(page)
        fields = dict(urllib.parse.parse_qsl(held[0], keep_blank_values=True))
        assert fields["step"] != other["step"]
        refused = Session(console).post("/console/signin/passkey", {**fields, "step": other["step"]})
        assert refused.status == 403 and WRONG in refused.text and refused.headers.get("set-cookie") is None
        # The very same, where it was asked.
        session = Session(console)
        assert session.post("/console/signin/passkey", fields).status == 303 and session.cookies


def test_who_cannot_use_one_here_is_told_why(console: Keystead, browser: Browser, user: str) -> None:
    with browsing(browser) as (page, _):
        sign_in(page, console, user)
        add(page, console, "key")
    with browser.page(scripts=False) as page:
        sign_in(page, console, user)
        expect(page.get_by_text("A passkey needs a browser that runs scripts.")).to_be_visible()
        assert not page.get_by_role("button", name="Use a passkey").is_visible()
    here = Session(console).sign_in(user, PASSWORD)
    assert here.status == 200 and "Your passkey was made for another address of this console." in here.text
    assert "/console/signin/passkey" not in here.text and here.headers.get("set-cookie") is None


def test_what_is_made_elsewhere_or_by_nobody_is_refused(console: Keystead, browser: Browser, user: str) -> None:
    with browsing(browser) as (page, _):
        sign_in(page, console, user)
        is_in(page)
        # An address without a name has no passkeys, and says so.
        page.context.clear_cookies()
        page.goto(f"{console.url}/console/signin")
        page.get_by_label("Account id or alias").fill(console.account_id)
        page.get_by_label("User name").fill(user)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        is_in(page)
        page.goto(f"{console.url}{OWN}/passkeys/new")
        expect(page.get_by_text("for a name and by https only, or for localhost")).to_be_visible()
        assert axe(page) == []
    with browser.page(scripts=False) as page:
        sign_in(page, console, user)
        page.goto(f"{site(console)}{OWN}/passkeys/new")
        expect(page.get_by_text("Making a passkey needs a browser that runs scripts.")).to_be_visible()


def test_c3_of_an_authenticator_and_its_copy_one_gets_in(console: Keystead, browser: Browser, user: str) -> None:
    with browsing(browser) as (page, authenticator), browsing(browser) as (other, copy):
        sign_in(page, console, user)
        add(page, console, "key")
        leave(page)
        [credential] = authenticator.credentials
        copy.send("addCredential", credential=credential)
        # Both are asked before either has answered, and both count on from the same number.
        for asked in (page, other):
            sign_in(asked, console, user)
        with_passkey(page)
        is_in(page)
        with_passkey(other)
        expect(other.get_by_text(WRONG)).to_be_visible(timeout=SLOW_MS)
        leave(page)
        # The one that counted on is good still.
        sign_in(page, console, user)
        with_passkey(page)
        is_in(page)
