"""What is kept and how it is rotated, looked after in the console: plans, targets, freezes, honey keys, a cloud's own key,
and the root user's address."""

from __future__ import annotations

import html
import re
import time
import uuid
from collections.abc import Iterator

import pytest
from harness.browser import Browser, axe, overflow
from harness.console import Answer, Session, signed_in, submit
from harness.keystead import ADMINISTRATOR_ACCESS, Key, Keystead
from harness.mail_server import MailServer
from harness.moto import Moto
from harness.pages import Document
from harness.process import wait_until

PASSWORD = "Correct-horse-battery-5"
KEPT = "/console/rotations/kept/orders"
FREEZES = "/console/rotations/freezes"
HONEY = "/console/leaks/honey-keys"
ROOT = "root@example.com"


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, mail: MailServer) -> Iterator[Keystead]:
    made = Keystead(tmp_path_factory.mktemp("plans"))
    made.init()
    smtp = ("--smtp-host", "127.0.0.1", "--smtp-port", str(mail.port), "--smtp-security", "plain")
    made.start(*smtp, "--mail-from", "keystead@example.com")
    made.command("root", "password", stdin=PASSWORD)
    iam = made.client("iam")
    iam.create_user(UserName="ana")
    iam.create_login_profile(UserName="ana", Password=PASSWORD)
    iam.attach_user_policy(UserName="ana", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_user(UserName="orders-app")
    made.command("managed", "create", "orders", "--user-name", "orders-app", "--profile", "demo")
    yield made
    made.close()


@pytest.fixture(scope="module")
def ana(console: Keystead) -> Session:
    return signed_in(console, "ana", PASSWORD)


def alert(answer: Answer) -> str:
    """What is said to be wrong."""
    [said] = Document(answer.text).alerts
    return said


def plan(ana: Session, **fields: str) -> Answer:
    return submit(ana, f"{KEPT}/plan", {"rule": "age", "every_days": "90", "profile": "demo", **fields})


def test_a_plan_is_made_changed_and_ended(console: Keystead, ana: Session, browser: Browser) -> None:
    assert "by hand only" in ana.get(KEPT).text
    context = browser.context()
    context.add_cookies(ana.for_browser())
    page = context.new_page()
    page.goto(f"{console.url}/console/rotations")
    page.get_by_role("link", name="orders", exact=True).click()
    page.get_by_role("link", name="Change plan").click()
    assert axe(page) == [] and overflow(page) == ""
    page.get_by_role("radio", name="By the age of its key").check()
    page.get_by_label("Oldest age of a key, in days").fill("30")
    page.get_by_label("Who is told by letter").fill("orders-team@example.com")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("before its key is 30 days old").wait_for()
    assert page.get_by_text("orders-team@example.com").is_visible() and axe(page) == []
    context.close()
    shown = console.command("managed", "show", "orders")
    assert shown["schedule"] == {"every_days": 30} and shown["notify_email"] == "orders-team@example.com"
    assert shown["profile"] == "demo" and shown["next_rotation_at"]

    for fields, text in (
        ({"every_days": "ninety"}, "whole number of days"),
        ({"every_days": "0"}, "`every_days` is 1 to 3650."),
        ({"rule": "cron", "cron": "every day"}, "cron"),
        ({"profile": "hasty"}, "`profile` is `standard` or `demo`."),
        ({"notify_email": "nobody"}, "email"),
    ):
        refused = plan(ana, **fields)
        assert refused.status == 400 and text in alert(refused), fields
        assert all(f'value="{value}"' in refused.text for name, value in fields.items() if name != "profile"), fields
    assert console.command("managed", "show", "orders")["schedule"] == {"every_days": 30}
    # What the form does not show stays.
    console.command("managed", "schedule", "orders", "--every-days", "30", "--early-days", "9", "--jitter-minutes", "5")
    assert plan(ana, every_days="60").status == 303
    kept = {"every_days": 60, "early_days": 9, "jitter_minutes": 5}
    assert console.command("managed", "show", "orders")["schedule"] == kept
    assert plan(ana, every_days="7").status == 303
    assert console.command("managed", "show", "orders")["schedule"] == {"every_days": 7, "jitter_minutes": 5}
    assert plan(ana, rule="cron", cron="H 3 * * 1").status == 303
    assert "at the times of H 3 * * 1, UTC" in ana.get(KEPT).text
    assert plan(ana, rule="hand").status == 303
    shown = console.command("managed", "show", "orders")
    assert shown["schedule"] is None and shown["next_rotation_at"] is None and shown["notify_email"] is None


def test_a_target_is_tested_brought_the_key_and_taken_off(console: Keystead, ana: Session) -> None:
    fields = ("--id-field", "ORDERS_KEY_ID", "--secret-field", "ORDERS_SECRET")
    console.command("target", "add", "orders", "store", "--kind", "stored-credential", *fields)
    page = ana.get(KEPT).text
    assert "nothing yet" in page and "stored credential" in page
    missing = "there is no stored credential ORDERS_KEY_ID"
    tested = submit(ana, KEPT, form=f"{KEPT}/targets/store/test")
    assert "<strong>store is not ready.</strong>" in tested.text and missing in html.unescape(tested.text)
    refused = submit(ana, f"{KEPT}/targets/store/deliver", {"typed": "store"})
    assert refused.status == 400 and missing in alert(refused)
    for name in ("ORDERS_KEY_ID", "ORDERS_SECRET"):
        console.command("credential", "create", name, stdin="not yet")
    # Somebody's value is not written over unasked.
    unasked = submit(ana, f"{KEPT}/targets/store/deliver")
    assert unasked.status == 400 and "type the name store" in alert(unasked)
    assert "somebody else wrote" in unasked.text
    brought = submit(ana, f"{KEPT}/targets/store/deliver", {"typed": "store"})
    assert brought.status == 303, alert(brought)
    key = console.command("managed", "show", "orders")["access_key_id"]
    assert '<span class="tag ok">in use</span>' in ana.get(KEPT).text
    tested = submit(ana, KEPT, form=f"{KEPT}/targets/store/test")
    assert "<strong>store is ready.</strong>" in tested.text
    assert console.text("credential", "reveal", "ORDERS_KEY_ID", "-o", "json", stdin=PASSWORD).count(key) == 1
    assert submit(ana, f"{KEPT}/targets/store/remove").status == 303
    assert console.command("target", "list", "orders")["targets"] == []
    assert ana.get(f"{KEPT}/targets/store/explode").status == 404


def test_a_freeze_holds_what_would_begin_until_it_is_ended(console: Keystead, ana: Session) -> None:
    day = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 86_400))
    for fields, text in (
        ({"until": day, "reason": ""}, "reason"),
        ({"until": "tomorrow", "reason": "The sale"}, "until"),
        ({"until": "2020-01-01T00:00", "reason": "The sale"}, "until"),
    ):
        refused = submit(ana, FREEZES, fields)
        assert refused.status == 400 and text in alert(refused), fields
    assert submit(ana, FREEZES, {"until": day, "reason": "The <b>sale</b>"}).status == 303
    page = ana.get(FREEZES).text
    assert "The &#60;b&#62;sale" in page and "in force" in page
    [freeze] = console.command("freeze", "list")["freezes"]
    assert freeze["until"].startswith(day)
    assert submit(ana, f"{FREEZES}/{freeze['freeze_id']}/remove").status == 303
    assert console.command("freeze", "list")["freezes"] == []
    assert ana.get(f"{FREEZES}/{freeze['freeze_id']}/remove").status == 404


def test_a_honey_key_is_laid_out_and_its_first_use_is_a_report(console: Keystead, ana: Session) -> None:
    place = f"the wiki {uuid.uuid4().hex[:6]}"
    assert submit(ana, f"{HONEY}/new", {"place": ""}).status == 400
    made = submit(ana, f"{HONEY}/new", {"place": place})
    [key_id] = re.findall(r'id="honey-id">([^<]+)<', made.text)
    [secret] = re.findall(r'id="honey-secret">([^<]+)<', made.text)
    listed = ana.get("/console/leaks").text
    assert place in listed and key_id in listed and html.unescape(secret) not in listed
    tried = console.client("sts", Key(key_id, html.unescape(secret)), attempts=1)
    with pytest.raises(tried.exceptions.ClientError):
        tried.get_caller_identity()
    wait_until(lambda: f">{key_id}</a>" in ana.get("/console/leaks").text, 30, "it is reported")
    assert submit(ana, f"{HONEY}/{key_id}/delete").status == 303
    assert console.command("leak", "honey-key", "list")["honey_keys"] == []


def test_what_is_kept_is_forgotten_by_its_name_only(console: Keystead, ana: Session) -> None:
    console.client("iam").create_user(UserName="short-lived")
    console.command("managed", "create", "short-lived", "--user-name", "short-lived")
    page = "/console/rotations/kept/short-lived"
    refused = submit(ana, f"{page}/delete", {"typed": "shortlived"})
    assert refused.status == 400 and ana.get(page).status == 200
    assert submit(ana, f"{page}/delete", {"typed": "short-lived"}).status == 303
    assert ana.get(page).status == 404
    assert len(console.client("iam").list_access_keys(UserName="short-lived")["AccessKeyMetadata"]) == 1


def test_the_key_of_a_cloud_is_rotated_from_its_page(console: Keystead, ana: Session, tmp_path_factory: pytest.TempPathFactory) -> None:
    moto = Moto(tmp_path_factory.mktemp("cloud"))
    try:
        moto.warm()
        user = moto.user("keystead")
        console.stop()
        console.command("admin", "endpoint", "add", "lab", *console.location, "--endpoint-url", moto.url, "--names-owners")
        console.start()
        connect = ("cloud", "connect", "--endpoint", "lab", "--access-key-id", user.key.id)
        console.command(*connect, stdin=user.key.secret)
        assert 'href="/console/clouds/lab/rotate"' in ana.get("/console/clouds/lab").text
        begun = submit(ana, "/console/clouds/lab/rotate")
        assert begun.status == 303 and "/console/rotations/" in begun.location
        assert ana.get(begun.location).status == 200
        # What Keystead itself uses is kept as well, under a name with a colon.
        assert user.key.id in ana.get("/console/rotations/kept/cloud%3Alab").text
        again = submit(ana, "/console/clouds/lab/rotate")
        assert again.status == 409 or "running already" in alert(again)
    finally:
        moto.close()


def test_the_root_users_address_is_changed_and_the_former_one_told(console: Keystead, mail: MailServer, ana: Session) -> None:
    page = "/console/security-credentials/email"
    assert ana.get(page).status == 404
    root = signed_in(console, ROOT, PASSWORD)
    assert f'href="{page}"' in root.get("/console/security-credentials").text
    for fields, status, text in (
        ({"email": "new@example.com", "password": "wrong-Password-1"}, 403, "password"),
        ({"email": "new", "password": PASSWORD}, 400, "`email`"),
    ):
        refused = submit(root, page, fields)
        assert refused.status == status and text in alert(refused), (refused.status, alert(refused))
    assert submit(root, page, {"email": "new@example.com", "password": PASSWORD}).status == 303
    subject = f"The root user of account {console.account_id} has another e-mail address"
    told = wait_until(lambda: [one for one in mail.letters if one["subject"] == subject], 20, "the former address is told")
    assert told[0]["to"] == ROOT and "new@example.com" in told[0].get_content()
    assert f"keystead admin recover-root {console.account_id}" in told[0].get_content()
    assert Session(console).sign_in(ROOT, PASSWORD).status == 403
    assert Session(console).sign_in("new@example.com", PASSWORD).status == 303
