"""C8, C12, C13: who is let into the console, what its cookie is, where it sends people, and what other sites can do with
a visitor's browser: nothing."""

from __future__ import annotations

import html
import json
import random
import re
import sqlite3
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from harness.attacker import FORMS, SCRIPTS, Attack, Attacker
from harness.browser import Browser, axe
from harness.certificates import Certificates
from harness.console import Session, signed_in
from harness.hostile import addresses, hosts
from harness.keystead import ADMINISTRATOR_ACCESS, Keystead
from playwright.sync_api import BrowserContext, Page, Response

PASSWORD = "Correct-horse-battery-5"
TOKEN = re.compile(r"[A-Za-z0-9]{43}")
FORGERIES = 2_000
CORS = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods")


@pytest.fixture(scope="module")
def installation(keystead: Keystead) -> Keystead:
    """One with an administrator `visitor`, who has a password."""
    iam = keystead.client("iam")
    iam.create_user(UserName="visitor")
    iam.create_login_profile(UserName="visitor", Password=PASSWORD)
    iam.attach_user_policy(UserName="visitor", PolicyArn=ADMINISTRATOR_ACCESS)
    return keystead


@pytest.fixture
def visitor(installation: Keystead) -> Session:
    return signed_in(installation, "visitor", PASSWORD)


def is_in(session: Session) -> bool:
    """Whether the console knows who this is."""
    return session.get("/console").status == 200


def users(keystead: Keystead) -> set[str]:
    return {user["UserName"] for user in keystead.client("iam").list_users()["Users"]}


def test_c8_the_cookie_is_the_hosts_own_and_no_scripts(new_keystead: Callable[[], Keystead], tmp_path: Path) -> None:
    keystead = new_keystead()
    keystead.certificates = Certificates.make(tmp_path / "certificates")
    keystead.start()
    keystead.command("root", "password", stdin=PASSWORD)
    session = Session(keystead)
    answer = session.sign_in("root@example.com", PASSWORD)
    lines = answer.headers.get_all("set-cookie") or []
    (line,) = [line for line in lines if line.startswith("__Host-keystead=")]
    value, *attributes = line.split("; ")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(attributes)
    assert all(line.startswith("__Host-") for line in lines)
    assert not any(attribute.lower().startswith("domain") for line in lines for attribute in line.split("; "))
    assert TOKEN.fullmatch(value.partition("=")[2])
    assert is_in(session)
    session.cookies = {name.removeprefix("__Host-"): value for name, value in session.cookies.items()}
    assert not is_in(session), "another host below the same domain could have set this cookie"


def test_c8_what_is_stored_opens_nothing(installation: Keystead, visitor: Session) -> None:
    token = visitor.cookies["keystead"]
    for file in installation.data.glob("keystead.db*"):
        assert token.encode() not in file.read_bytes()
    with closing(sqlite3.connect(f"file:{installation.data / 'keystead.db'}?mode=ro", uri=True)) as connection:
        rows = connection.execute("select * from console_sessions").fetchall()
    assert rows
    thief = Session(installation)
    for value in {str(value) for row in rows for value in row}:
        thief.cookies = {"keystead": urllib.parse.quote(value)}
        assert not is_in(thief)
    assert token not in installation.log.read_text()


def test_c8_signing_in_takes_over_no_token_that_was_there(installation: Keystead, visitor: Session) -> None:
    for planted in ("a" * 43, visitor.cookies["keystead"]):
        session = Session(installation, {"keystead": planted})
        session.sign_in("visitor", PASSWORD)
        assert planted != session.cookies["keystead"].split(".")[0]
    leaving = signed_in(installation, "visitor", PASSWORD)
    ended = leaving.cookies["keystead"]
    assert leaving.post("/console/signout", {"token": form_token(leaving)}).status == 303
    assert not is_in(Session(installation, {"keystead": ended}))


def form_token(session: Session) -> str:
    """What forms of a session's pages hold."""
    found = re.search(r'name="token" value="([^"]+)"', session.get("/console").text)
    assert found
    return found[1]


def test_c8_no_forged_cookie_is_taken(installation: Keystead, visitor: Session) -> None:
    chance = random.Random(8)
    right = visitor.cookies["keystead"]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    forged = {right[:-1], right + "A", right.swapcase(), right[::-1], "", "%00", f"{right[:-1]}%00", f'"{right}"x'}
    while len(forged) < FORGERIES:
        at = chance.randrange(43)
        forged.add(right[:at] + chance.choice(letters.replace(right[at], "")) + right[at + 1 :])
        forged.add("".join(chance.choices(letters, k=43)))
    thief = Session(installation)
    for value in forged:
        thief.cookies = {"keystead": value}
        assert not is_in(thief), value
    assert is_in(visitor)


def test_c12_next_leads_nowhere_else(browser: Browser, installation: Keystead, visitor: Session) -> None:
    """500 values, each held against what a browser makes of it: the page's own field, where the form leads, and
    where somebody is sent who is signed in already."""
    led: dict[str, str] = {}
    for session in (Session(installation), visitor):
        for value in addresses():
            answer = session.get(f"/console/signin?next={urllib.parse.quote(value, safe='')}")
            assert answer.status < 500, value
            found = re.findall(r'name="next" value="([^"]*)"', answer.text) + re.findall(r'action="([^"]*)"', answer.text)
            found += re.findall(r'href="([^"]*)"', answer.text)
            led |= {html.unescape(one): value for one in [*found, answer.location] if one}
    assert led
    with browser.page() as page:
        page.goto(f"{installation.url}/console/signin")
        off = page.evaluate(
            "all => all.filter(one => { try { return new URL(one, location.href).origin !== location.origin }"
            " catch { return true } })",
            list(led),
        )
    assert {one: led[one] for one in off} == {}


@pytest.mark.timeout(300)
def test_c12_signing_in_goes_nowhere_else(browser: Browser, installation: Keystead) -> None:
    session = Session(installation)
    with browser.page() as page:
        page.goto(f"{installation.url}/console/signin")
        # One of each kind: a password is checked each time, and that is made to be slow.
        for value in addresses()[::25]:
            session.cookies.clear()
            answer = session.sign_in("visitor", PASSWORD, next=value)
            assert answer.status == 303
            origin = page.evaluate("one => new URL(one, location.href).origin", answer.location)
            assert origin == installation.url, (value, answer.location)
    session.cookies.clear()
    assert session.sign_in("visitor", PASSWORD, next="/console/users?begins=a").location == "/console/users?begins=a"


def test_c13_another_host_is_told_nothing(installation: Keystead, visitor: Session) -> None:
    own = f"127.0.0.1:{installation.port}"
    for path in ("/console", "/console/signin", "/static/console.css", "/console/users"):
        assert visitor.get(path, Host=own).status == 200
        for host in hosts(own):
            answer = visitor.get(path, Host=host)
            assert answer.status in (400, 421), (path, host)
            assert "visitor" not in answer.text and "set-cookie" not in answer.headers
    for header in ("X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host", "X-Forwarded-Server"):
        answer = visitor.get("/console", **{header: "host=evil.example" if header == "Forwarded" else "evil.example"})
        assert answer.status == 200 and "evil.example" not in answer.text


def test_c13_a_name_that_was_turned_over_to_us_is_refused(
    browser: Browser, installation: Keystead, visitor: Session
) -> None:
    """DNS rebinding: a site's own name suddenly leads here."""
    context = browser.context()
    context.add_cookies(visitor.for_browser())  # type: ignore[arg-type]
    page = context.new_page()
    answer = page.goto(f"http://rebind.test:{installation.port}/console")
    assert answer is not None and answer.status == 421
    assert page.evaluate("fetch('/console/signin').then(answer => answer.status)") == 421
    assert page.evaluate("fetch('/', {method: 'POST', body: 'Action=ListUsers'}).then(a => a.status)") >= 400
    assert context.cookies(f"http://rebind.test:{installation.port}") == []
    context.close()


def test_c13_the_apis_never_read_cookies(installation: Keystead, visitor: Session) -> None:
    token = visitor.cookies["keystead"]
    for headers in ({}, {"Authorization": f"Bearer {token}"}, {"X-Amz-Security-Token": token}):
        listing = b"Action=ListUsers&Version=2010-05-08"
        answer = visitor.ask("POST", "/", listing, {"Content-Type": "application/x-www-form-urlencoded", **headers})
        assert answer.status in (400, 403) and "visitor" not in answer.text
        for path in ("/api/v1/cloud-accounts", "/api/v1/users", "/api/v1/stored-credentials", "/api/v1/audit-events"):
            answer = visitor.ask("GET", path, headers=headers)
            assert answer.status in (400, 401, 403, 404), (path, answer.text)
            assert b"visitor" not in answer.body


def test_c13_no_other_origin_may_read_anything(installation: Keystead, visitor: Session) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "hx-request"}
    for origin in ("null", "https://evil.example", "http://127.0.0.1", f"http://localhost:{installation.port}"):
        for path in ("/", "/console", "/console/signin", "/api/v1/clouds", "/static/console.js", "/verify/v1"):
            for method in ("GET", "OPTIONS", "POST"):
                headers = {"Origin": origin, **(asked if method == "OPTIONS" else {})}
                answer = visitor.ask(method, path, b"" if method == "POST" else None, headers)
                assert not [name for name in CORS if name in answer.headers], (origin, path, method)
                if path.startswith(("/console", "/static")):
                    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_c13_a_form_needs_origin_fetch_metadata_and_token(installation: Keystead, visitor: Session) -> None:
    token = form_token(visitor)
    elsewhere = signed_in(installation, "visitor", PASSWORD)
    own = installation.url
    origins = ["", "null", "https://evil.example", own.replace("http:", "https:"), f"{own}.evil.example", f"{own}/"]
    origins += [own.replace("127.0.0.1", "localhost"), "http://127.0.0.1", own.replace(str(installation.port), "1")]
    origins += [f"{own}, https://evil.example", "file://", "chrome-extension://abc", own.removeprefix("http://")]
    refused = [({"Origin": origin}, token) for origin in origins]
    refused += [({"Sec-Fetch-Site": site}, token) for site in ("cross-site", "same-site", "none", "nonsense")]
    given = ["", token[:-1], token + "0", token.upper() + "x", "0" * len(token), form_token(elsewhere), visitor.cookies["keystead"]]
    refused += [({}, wrong) for wrong in given]
    before = users(installation)
    for headers, given_token in refused:
        for path in ("/console/signout", "/console/users/new"):
            form = {"token": given_token, "UserName": "mallory", "user_name": "mallory", "name": "mallory"}
            answer = visitor.post(path, form, **headers)
            assert answer.status == 403, (path, headers, given_token)
            assert answer.headers.get_all("set-cookie") is None
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        visitor.ask(method, f"/console/signout?token={token}", headers={"Origin": own})
    assert is_in(visitor) and users(installation) == before
    assert visitor.post("/console/signout", {"token": token}).status == 303
    assert not is_in(Session(installation, {"keystead": token}))


@pytest.fixture
def attacker(installation: Keystead) -> Iterator[Attacker]:
    attacker = Attacker(installation.url)
    yield attacker
    attacker.close()


def enter(context: BrowserContext, keystead: Keystead) -> None:
    """Signs in as browsers do, so that the cookie is what it says."""
    who = {"kind": "user", "account": keystead.account_id, "user": "visitor", "password": PASSWORD}
    headers = {"Origin": keystead.url, "Sec-Fetch-Site": "same-origin"}
    assert context.request.post(f"{keystead.url}/console/signin", form=who, headers=headers).ok
    assert len(context.cookies()) >= 1


def is_seen(page: Page, posted: list[Response]) -> bool:
    """Whether a form came, within half a second."""
    for _ in range(20):
        if posted:
            return True
        page.wait_for_timeout(25)
    return False


@pytest.mark.timeout(300)
def test_c13_other_sites_have_the_browser_do_nothing(
    browser: Browser, installation: Keystead, attacker: Attacker
) -> None:
    """Every way there is to have something sent, from another site and from another port of this host."""
    attacks = [Attack(way, place, "/console/signout") for way in (*SCRIPTS, *FORMS) for place in attacker.places]
    for target in ("/console/users/new", "/"):
        for way in ("fetch with cookies", "XMLHttpRequest", "form", "form from nowhere", "form by a redirect"):
            attacks += [Attack(way, place, target) for place in attacker.places]
    assert len(attacks) >= 50
    fields = {"Action": "CreateUser", "Version": "2010-05-08", "UserName": "mallory", "name": "mallory"}
    context = browser.context()
    enter(context, installation)
    posted: list[Response] = []
    context.on(
        "response",
        lambda answer: posted.append(answer)
        if answer.request.method == "POST" and answer.url.startswith(installation.url)
        else None,
    )
    before = users(installation)
    page = context.new_page()
    for attack in attacks:
        # That it was refused says nothing unless it came; of a frame of another process the browser's driver misses some.
        for _ in range(10):
            posted.clear()
            page.goto(attacker.page(attack, fields))
            page.wait_for_function("document.title.startsWith('done')")
            if not attack.posts_by_form or is_seen(page, posted):
                break
        else:
            raise AssertionError(f"{attack} was not sent")
        assert [(one.url, one.status) for one in posted if one.status < 400] == []
        stolen = "".join(json.loads(page.title().removeprefix("done ")))
        assert "visitor" not in stolen and "Keystead" not in stolen, attack
        assert context.request.get(f"{installation.url}/console", max_redirects=0).status == 200, attack
    assert users(installation) == before
    context.close()


def test_c13_no_other_site_may_frame_or_watch_a_page(
    browser: Browser, installation: Keystead, attacker: Attacker
) -> None:
    context = browser.context()
    enter(context, installation)
    page = context.new_page()
    page.goto(attacker.page(Attack("frame", "neighbour", "/console"), {}))
    page.wait_for_function("document.title.startsWith('done')")
    assert not any("Home" in frame.content() for frame in page.frames[1:])
    page.evaluate("address => { window.held = open(address) }", f"{installation.url}/console")
    page.wait_for_timeout(300)
    assert page.evaluate("held.closed || held.length === 0 && (() => { try { return !held.document } catch { return true } })()")
    context.close()


def test_the_form_of_a_page_does_what_others_cannot(browser: Browser, installation: Keystead) -> None:
    context = browser.context()
    enter(context, installation)
    page = context.new_page()
    page.goto(f"{installation.url}/console")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/console/signin**")
    assert axe(page) == []
    assert context.request.get(f"{installation.url}/console", max_redirects=0).status == 303
    context.close()
