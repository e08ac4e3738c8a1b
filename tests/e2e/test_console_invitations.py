"""Invitations in the console: sent from one browser, accepted in another, by nobody twice and by nobody else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from harness import outbox
from harness.browser import Browser, axe, overflow
from harness.console import HIDDEN, Session, signed_in, submit
from harness.keystead import Keystead
from harness.process import wait_until
from playwright.sync_api import expect

PASSWORD = "correct horse battery staple 1A!"
OBSERVER = "arn:aws:iam::aws:policy/keystead/observer"
# The number that row C6 asks for.
MIXTURES = 200


@pytest.fixture(scope="module")
def keystead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystead]:
    keystead = Keystead(tmp_path_factory.mktemp("invitations"))
    keystead.init()
    quota = ("admin", "quota", "set", *keystead.location, keystead.account_id, "InvitationsPerAccount")
    keystead.command(*quota, str(2 * MIXTURES))
    keystead.start()
    keystead.command("root", "password", stdin=PASSWORD)
    yield keystead
    keystead.close()


@pytest.fixture
def root(keystead: Keystead) -> Session:
    return signed_in(keystead, "root@example.com", PASSWORD)


def invite(root: Session, address: str, **more: str) -> None:
    sent = submit(root, "/console/invitations/new", {"email": address, "role": "observer", **more})
    assert (sent.status, sent.location) == (303, "/console/invitations?said=invited"), sent.text


def link(keystead: Keystead, address: str, letters: int = 1) -> str:
    """The link in the newest letter to an address."""

    def found() -> list[str]:
        texts = [letter.get_content() for letter in outbox.letters(keystead, address)]
        return texts if len(texts) >= letters else []

    path = re.findall(rf"{keystead.url}(/console/\S+#ksi_\w+)", wait_until(found, 20, "the letter")[-1])[0]
    return f"{keystead.url}{path}"


def users(keystead: Keystead) -> set[str]:
    return {user["UserName"] for user in keystead.client("iam").list_users()["Users"]}


def accept(keystead: Keystead, token: str, **fields: str) -> Any:
    stranger = Session(keystead)
    chosen = {"password": PASSWORD, "again": PASSWORD, **fields}
    return submit(stranger, "/console/invitations/accept", {"ticket": token, **chosen})


def test_an_invitation_is_accepted_in_another_browser(browser: Browser, keystead: Keystead, root: Session) -> None:
    address = "ana@example.com"
    with browser.page() as page:
        page.context.add_cookies(root.for_browser())  # type: ignore[arg-type]
        page.goto(f"{keystead.url}/console/invitations")
        page.get_by_role("link", name="Invite by e-mail").first.click()
        page.get_by_label("E-mail address").fill(address)
        page.get_by_label("observer").check()
        page.get_by_role("button", name="Send invitation").click()
        expect(page.get_by_role("row", name=address)).to_contain_text("pending")
        assert axe(page) == [] and overflow(page) == ""
    with browser.page() as page:
        # The link leads there signed in or not, and its token reaches no server by the address.
        page.goto(link(keystead, address))
        expect(page.get_by_role("heading", name=f"Invitation for {address}")).to_be_visible()
        assert "ksi_" not in page.url
        expect(page.get_by_text("You have been invited to the Keystead account")).to_be_visible()
        assert axe(page) == []
        page.get_by_label("User name").fill("ana")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Password again").fill("another")
        page.get_by_role("button", name="Accept invitation").click()
        expect(page.get_by_role("alert")).to_contain_text("not the same")
        assert "ana" not in users(keystead) and page.get_by_label("User name").input_value() == "ana"
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Password again").fill(PASSWORD)
        page.get_by_role("button", name="Accept invitation").click()
        expect(page.get_by_role("heading", name="You are ana")).to_be_visible()
    attached = keystead.client("iam").list_attached_user_policies(UserName="ana")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [OBSERVER]
    assert signed_in(keystead, "ana", PASSWORD).get("/console/clouds").status == 200
    assert ">accepted<" in root.get("/console/invitations").text
    assert "ksi_" not in keystead.log.read_text()


def test_without_scripts_the_token_is_typed(browser: Browser, keystead: Keystead, root: Session) -> None:
    invite(root, "bo@example.com", days="3")
    address = link(keystead, "bo@example.com")
    with browser.page(scripts=False, phone=True) as page:
        page.goto(address)
        assert overflow(page) == ""
        page.get_by_label("Token").fill(address.partition("#")[2])
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("for 3 days")).to_be_visible()
        assert overflow(page) == ""


def test_an_invitation_is_good_once(keystead: Keystead, root: Session) -> None:
    invite(root, "cy@example.com")
    token = link(keystead, "cy@example.com").partition("#")[2]
    assert "You are cy" in accept(keystead, token, user_name="cy").text
    again = accept(keystead, token, user_name="cy-2")
    assert again.status == 409 and "accepted already" in again.text
    assert "cy-2" not in users(keystead)


def test_a_link_is_dead_once_it_was_sent_again_or_cancelled(keystead: Keystead, root: Session) -> None:
    address = "di@example.com"
    invite(root, address)
    first = link(keystead, address).partition("#")[2]
    rows = root.get("/console/invitations").text.split("<tr>")
    row = next(row for row in rows if address in row)
    base = re.findall(r'href="(/console/invitations/[^"/]+)/cancel"', row)[0]
    again = submit(root, "/console/invitations", form=f"{base}/resend")
    assert again.location == "/console/invitations?said=invited-again"
    assert accept(keystead, first, user_name="di").status == 404
    second = link(keystead, address, letters=2).partition("#")[2]
    assert submit(root, f"{base}/cancel").location == "/console/invitations?said=invitation-cancelled"
    gone = accept(keystead, second, user_name="di")
    assert gone.status == 404 and "cancelled" in gone.text
    assert "di" not in users(keystead)
    assert ">cancelled<" in root.get("/console/invitations").text


def test_nobody_invites_to_more_than_they_could_give(keystead: Keystead, root: Session) -> None:
    iam = keystead.client("iam")
    iam.create_user(UserName="watcher")
    iam.create_login_profile(UserName="watcher", Password=PASSWORD)
    iam.attach_user_policy(UserName="watcher", PolicyArn=OBSERVER)
    watcher = signed_in(keystead, "watcher", PASSWORD)
    refused = submit(watcher, "/console/invitations/new", {"email": "ed@example.com", "role": "admin"})
    assert refused.status == 403 and "not authorized" in refused.text and "ed@example.com" in refused.text
    assert "ed@example.com" not in root.get("/console/invitations").text


def test_who_has_no_invitation_is_told_whom_to_ask(keystead: Keystead) -> None:
    page = Session(keystead).get("/console/invitations/request")
    assert page.status == 200 and "Ask an administrator of that account" in page.text
    wrong = submit(Session(keystead), "/console/invitations/accept", {"ticket": "ksi_nonsense"})
    assert wrong.status in (400, 403, 404) and 'role="alert"' in wrong.text


def test_c6_no_header_has_a_say_in_a_link(keystead: Keystead, root: Session) -> None:
    """Two hundred mixtures of headers by which servers have been told another address, each with a letter."""
    names = (
        *("X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix"),
        *("Forwarded", "X-Host", "X-HTTP-Host-Override", "X-Original-Host", "X-Original-URL", "X-Rewrite-URL", "Via"),
        *("X-Real-IP", "X-Client-IP", "True-Client-IP", "Client-IP", "Base-URL", "X-Wap-Profile", "Referer"),
    )
    values = ("evil.example", "evil.example:443", "https://evil.example/", "//evil.example", "host=evil.example;proto=https")
    mixture = random.Random(6)
    for number in range(MIXTURES):
        headers = {name: mixture.choice(values) for name in mixture.sample(names, mixture.randint(1, 4))}
        page = root.get("/console/invitations/new", **headers).text
        form = {**dict(HIDDEN.findall(page)), "email": f"c6-{number}@example.com", "role": "observer"}
        answer = root.post("/console/invitations/new", form, **headers)
        assert (answer.status, answer.location) == (303, "/console/invitations?said=invited"), (headers, answer.text)

    def letters() -> list[str]:
        found = [letter for letter in outbox.letters(keystead) if letter["to"].startswith("c6-")]
        return [letter.as_string() for letter in found] if len(found) == MIXTURES else []

    for letter in wait_until(letters, 60, "all letters"):
        assert "evil.example" not in letter and set(re.findall(r"https?://[^/\s]+", letter)) == {keystead.url}
