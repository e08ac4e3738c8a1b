"""A forgotten password: a root user's by a letter from a real SMTP server, an IAM user's by an administrator's link, and
the operator's way when the mailbox is lost. What attackers try with each of them does not work."""

from __future__ import annotations

import html
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.authenticator import STEP_SECONDS, code
from harness.browser import Browser, axe
from harness.console import HIDDEN, Answer, Session, signed_in, submit
from harness.keystead import ADMINISTRATOR_ACCESS, Keystead
from harness.mail_server import MailServer

PASSWORD = "Correct-horse-battery-5"
ROOT = "root@example.com"
LINK = re.compile(r"(http://127\.0\.0\.1:\d+)(/console/reset-password/ksr_\d{12}_\w{43})")
ASKED = "/console/forgot-password"


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory, mailbox: MailServer) -> Iterator[Keystead]:
    made = Keystead(tmp_path_factory.mktemp("forgotten"))
    made.init()
    made.start("--smtp-host", "127.0.0.1", "--smtp-port", str(mailbox.port), "--smtp-security", "plain", "--mail-from", "keystead@example.com")
    made.command("root", "password", stdin=PASSWORD)
    yield made
    made.close()


def hidden(answer: Answer) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in HIDDEN.findall(answer.text)}


def proof(console: Keystead, page: Answer) -> str:
    task = re.search(r'data-compute="([^"]+)"', page.text)
    assert task
    return str(console.command("proof", task[1])["number"])


def ask(console: Keystead, email: str, session: Session | None = None, **headers: str) -> Answer:
    session = session or Session(console)
    page = session.get(ASKED)
    return session.post(ASKED, {**hidden(page), "email": email, "answer": proof(console, page)}, **headers)


def new_link(console: Keystead, mailbox: MailServer, count: int = 1) -> str:
    found = LINK.search(mailbox.wait_for(ROOT, count).get_content())
    assert found and found[1] == console.url
    return found[2]


def test_a_root_password_is_reset_from_a_letter_in_the_browser(
    console: Keystead, mailbox: MailServer, browser: Browser
) -> None:
    before = signed_in(console, ROOT, PASSWORD)
    with browser.page() as page:
        page.goto(f"{console.url}/console/signin")
        page.get_by_role("link", name="Sign in using root account credentials").click()
        page.get_by_role("link", name="Forgot your password?").click()
        assert not axe(page)
        page.get_by_label("E-mail address of the account").fill(ROOT)
        page.get_by_label("The letters in the picture").fill("QQQQQQ")
        page.get_by_role("button", name="Send the link").click()
        page.get_by_text("That is not what the picture shows.").wait_for()
        page.get_by_text("I cannot read the picture").click()
        page.get_by_role("button", name="Compute it").click()
        page.get_by_role("button", name="Computed").wait_for()
        page.get_by_role("button", name="Send the link").click()
        page.get_by_role("heading", name="Look into your mailbox").wait_for()
        page.goto(console.url + new_link(console, mailbox))
        assert not axe(page)
        page.get_by_label("New password", exact=True).fill(f"{PASSWORD}-new")
        page.get_by_label("New password again").fill(f"{PASSWORD}-new")
        page.get_by_role("button", name="Set the password").click()
        page.get_by_text("The password is set").wait_for()
        page.get_by_label("E-mail address").fill(ROOT)
        page.get_by_label("Password").fill(f"{PASSWORD}-new")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/console")
    # The former password's sessions ended with it.
    assert before.get("/console").status == 303
    assert Session(console).sign_in(ROOT, PASSWORD).status == 403
    letter = mailbox.letters[0].get_content()
    assert "within ten minutes" in letter and console.account_id in letter


def test_c2_known_and_unknown_addresses_are_answered_alike(console: Keystead, mailbox: MailServer) -> None:
    pages = set()
    for email in (ROOT, "nobody@elsewhere.example", ROOT.upper()):
        answer = ask(console, email)
        assert answer.status == 200
        pages.add(answer.text.replace(html.escape(email), "…").replace(email.replace("@", "%40"), "…"))
    assert len(pages) == 1
    mailbox.wait_for(ROOT)
    time.sleep(0.5)
    assert len(mailbox.letters) == 1, "a second letter within the minute is not sent"


def test_c6_no_header_has_a_say_in_the_link(console: Keystead, mailbox: MailServer) -> None:
    session = Session(console)
    hostile = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": "host=evil.example;proto=https",
        "X-Host": "evil.example",
        "X-Original-URL": "//evil.example/",
    }
    assert ask(console, ROOT, session, **hostile).status == 200
    assert "evil" not in mailbox.wait_for(ROOT).as_string()
    page = session.get(ASKED)
    for host in ("evil.example", f"evil.example:{console.port}", f"127.0.0.1:{console.port}.evil.example", "127.0.0.1"):
        answer = session.post(ASKED, {**hidden(page), "email": ROOT, "answer": "x"}, Host=host)
        assert answer.status == 421, host


def test_c7_c10_a_link_is_good_once_and_only_the_newest(console: Keystead, mailbox: MailServer) -> None:
    ask(console, ROOT)
    link = new_link(console, mailbox)
    form = {"new": f"{PASSWORD}-new", "again": f"{PASSWORD}-new"}
    page = Session(console).get(link)
    assert page.status == 200 and Session(console).get(link).status == 200, "looking burns nothing"
    short = Session(console).post(link, {"new": "short", "again": "short"})
    assert short.status == 400 and Session(console).sign_in(ROOT, PASSWORD).status == 303

    def reset(number: int) -> int:
        fields = {"new": f"{PASSWORD}-{number}", "again": f"{PASSWORD}-{number}"}
        return Session(console).post(link, fields).status

    with ThreadPoolExecutor(8) as several:
        statuses = list(several.map(reset, range(8)))
    assert statuses.count(303) == 1, statuses
    late = Session(console).post(link, form)
    assert late.status == 404 and "This link is not good" in late.text
    for forged in (link[:-1] + "A", link.replace("ksr_", "ksi_"), link[:-44], f"{link}x"):
        assert Session(console).post(forged, form).status in (403, 404), forged


def test_c7_a_reset_is_no_way_around_mfa(console: Keystead, mailbox: MailServer) -> None:
    root = signed_in(console, ROOT, PASSWORD)
    made = submit(root, "/console/security-credentials/mfa/new", {"device": "root-phone"})
    seed = re.search(r"<code>([A-Z2-7]{32,})</code>", made.text)
    assert seed
    step = int(time.time()) // STEP_SECONDS
    codes = {"code1": code(seed[1], step - 1), "code2": code(seed[1], step)}
    assert root.post("/console/security-credentials/mfa/enable", {**hidden(made), **codes}).status == 303
    ask(console, ROOT)
    link = new_link(console, mailbox)
    session = Session(console)
    assert session.post(link, {"new": f"{PASSWORD}-2", "again": f"{PASSWORD}-2"}).status == 303
    assert not session.cookies, "a reset signs nobody in"
    page = session.get("/console/signin?kind=root")
    asked = session.post("/console/signin", {**hidden(page), "email": ROOT, "password": f"{PASSWORD}-2"})
    assert asked.status == 200 and "MFA code" in asked.text and not session.cookies


def test_a_challenge_is_good_once_and_for_its_own_form(console: Keystead) -> None:
    session = Session(console)
    page = session.get(ASKED)
    answer = proof(console, page)
    fields = {**hidden(page), "email": "x@example.com", "answer": answer}
    assert session.post(ASKED, fields).status == 200
    assert session.post(ASKED, fields).status == 400
    other = hidden(session.get(ASKED))
    assert session.post(ASKED, {**fields, "challenge": other["challenge"]}).status == 400
    assert session.post(ASKED, {**fields, "challenge": ""}).status == 400


def test_whoever_is_signed_in_as_a_user_signs_out_first(console: Keystead) -> None:
    iam = console.client("iam")
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password=PASSWORD)
    page = signed_in(console, "ann", PASSWORD).get(ASKED)
    assert "sign out of the IAM user first" in page.text and "captcha" not in page.text


def test_an_administrator_makes_a_link_and_never_knows_the_password(console: Keystead) -> None:
    iam = console.client("iam")
    for name in ("admin", "ann", "helper"):
        iam.create_user(UserName=name)
        iam.create_login_profile(UserName=name, Password=PASSWORD)
    iam.attach_user_policy(UserName="admin", PolicyArn=ADMINISTRATOR_ACCESS)
    admin, ann = signed_in(console, "admin", PASSWORD), signed_in(console, "ann", PASSWORD)
    made = submit(admin, "/console/users/ann/password", {"kind": "link"})
    found = LINK.search(made.text)
    assert found and found[1] == console.url
    assert ann.get("/console").status == 200, "the present password is good until then"
    done = Session(console).post(found[2], {"new": f"{PASSWORD}-2", "again": f"{PASSWORD}-2"})
    assert done.location.startswith(f"/console/signin/{console.account_id}")
    assert ann.get("/console").status == 303
    assert Session(console).sign_in("ann", f"{PASSWORD}-2").status == 303
    refused = submit(signed_in(console, "helper", PASSWORD), "/console/security-credentials/password", {"old": "x"})
    assert refused.status in (400, 403)
    secret = found[2].rsplit("_", 1)[1]
    assert secret not in console.log.read_text()
    events = console.command("audit", "list", "--event-name", "CreatePasswordReset")
    assert secret not in str(events) and "CreatePasswordReset" in str(events)


def test_the_operator_recovers_a_root_user_on_the_machine(console: Keystead) -> None:
    console.stop()
    origin = ("--origin", console.url)
    made = console.command("admin", "recover-root", console.account_id, *console.location, *origin)
    console.start()
    found = LINK.fullmatch(made["link"])
    assert found
    assert Session(console).post(found[2], {"new": f"{PASSWORD}-9", "again": f"{PASSWORD}-9"}).status == 303
    assert Session(console).sign_in(ROOT, f"{PASSWORD}-9").status == 303
    assert "RecoverRoot" in str(console.command("audit", "list", "--event-name", "RecoverRoot"))
    console.stop()
    with pytest.raises(Exception, match="no account"):
        console.command("admin", "recover-root", "000000000009", *console.location)
    console.start()


def test_c11_what_is_empty_or_odd_is_denied(console: Keystead) -> None:
    session = Session(console)
    for fields in ({}, {"email": ROOT}, {"email": ROOT, "answer": ""}, {"email": "", "challenge": "x", "answer": "0"}):
        assert session.post(ASKED, fields).status == 400, fields
    token = f"ksr_{console.account_id}_{'A' * 43}"
    for path in (token, "x", uuid.uuid4().hex, "%00", f"{token}%0a"):
        answer = session.post(f"/console/reset-password/{path}", {"new": PASSWORD, "again": PASSWORD})
        assert answer.status in (400, 403, 404), path
    assert Session(console).sign_in(ROOT, PASSWORD).status == 303
