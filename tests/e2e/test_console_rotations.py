"""A rotation in the console: begun from a user's page, followed as it goes while applications use the key, answered,
and its receipt kept. And Home, which says what of it needs somebody."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator

import pytest
from harness.browser import Browser, axe
from harness.console import Session, signed_in, submit
from harness.furnished import PASSWORD, Furnished
from harness.keystead import ADMINISTRATOR_ACCESS, Key, Keystead
from harness.process import wait_until
from harness.signing import sign
from harness.verifier import ask

USER = "orders-bot"
QUEUE = "queue.example.com"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystead]:
    made = Keystead(tmp_path_factory.mktemp("rotations"))
    made.init()
    made.start()
    iam = made.client("iam")
    iam.create_user(UserName="admin")
    iam.attach_user_policy(UserName="admin", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_login_profile(UserName="admin", Password=PASSWORD)
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(console: Keystead) -> Session:
    return signed_in(console, "admin", PASSWORD)


def new_key(console: Keystead, user: str) -> Key:
    iam = console.client("iam")
    iam.create_user(UserName=user)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    return Key(made["AccessKeyId"], made["SecretAccessKey"])


def test_a_rotation_is_begun_watched_and_answered_in_the_browser(
    console: Keystead, browser: Browser, admin: Session
) -> None:
    key = new_key(console, USER)
    sts = console.client("sts", key)
    sts.get_caller_identity()
    with browser.page() as page:
        page.context.add_cookies(admin.for_browser())
        page.goto(f"{console.url}/console/users/{USER}")
        page.get_by_role("link", name="Rotate", exact=True).click()
        assert not axe(page)
        page.get_by_label("Its secret access key").fill(key.secret)
        page.get_by_label("Name of the credential").fill("orders")
        page.get_by_label("Profile").select_option("demo")
        page.get_by_role("button", name="Take over and rotate").click()
        page.wait_for_url("**/console/rotations/*said=rotation-begun")
        assert not axe(page)
        url = page.url.split("?")[0]
        rotation = url.rsplit("/", 1)[1]
        # The page follows what happens without being loaded again.
        page.locator("#live").get_by_text(re.compile("new AKIA")).wait_for(timeout=30_000)
        sts.get_caller_identity()
        page.get_by_role("link", name="Hold").click()
        page.get_by_role("button", name="Hold").click()
        page.wait_for_url("**said=rotation-ordered")
        page.locator("#live").get_by_text("Held").first.wait_for(timeout=30_000)
        sts.get_caller_identity()
        page.get_by_role("link", name="Go on").click()
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url("**said=rotation-ordered")
        page.get_by_role("link", name="Roll back").click()
        assert page.get_by_text("every consumer is given the old key again").is_visible()
        page.get_by_role("button", name="Roll back").click()
        page.wait_for_url("**said=rotation-ordered")
        sts.get_caller_identity()
    shown = console.command("rotate", "status", rotation)
    assert shown["old_access_key_id"] == key.id and "roll" in shown["state"]
    receipt = admin.get(f"/console/rotations/{rotation}/receipt")
    assert receipt.status == 200 and "Entries" in receipt.text and rotation in receipt.text
    kept = admin.get(f"/console/rotations/{rotation}/receipt.json")
    assert json.loads(kept.text)["rotation"] == rotation
    # Without scripts the same page is loaded again.
    assert "Look again" in admin.get(f"/console/rotations/{rotation}").text


def test_what_a_rotation_asks_is_answered(console: Keystead, admin: Session) -> None:
    key = new_key(console, "asked")
    console.command("managed", "adopt", "asked", "--user-name", "asked", "--access-key-id", key.id, stdin=key.secret)
    began = console.command("rotate", "start", "asked", "--profile", "demo", "--approve-each", "create")["rotation_id"]
    page = f"/console/rotations/{began}"
    deadline = time.monotonic() + 30
    while "do=approve" not in admin.get(page).text:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "The rotation of asked is waiting for your answer" in admin.get("/console").text
    assert began in admin.get("/console/rotations?which=waiting").text
    assert submit(admin, f"{page}/command?do=approve").status == 303
    while not console.command("rotate", "status", began)["new_access_key_id"]:
        assert time.monotonic() < deadline + 30
        time.sleep(0.2)
    assert submit(admin, f"{page}/command?do=rollback").status == 303


def test_a_stranger_is_named_and_the_old_key_switched_off_for_trial(console: Keystead, admin: Session) -> None:
    key = new_key(console, "mystery")
    console.command("managed", "adopt", "mystery", "--user-name", "mystery", "--access-key-id", key.id, stdin=key.secret)
    make = ("verifier", "create", "queue", "--service", "sqs", "--host", QUEUE, "--trust-forwarded")
    verifier = console.command(*make)["token"]

    def use(source: str) -> int:
        request = sign(key, "sqs", console.port, b"{}", host=QUEUE)
        return ask(console, verifier, request, source_address=source)[0]

    assert use("10.4.0.90") == 200
    began = console.command("rotate", "start", "mystery", "--profile", "demo")["rotation_id"]
    page = f"/console/rotations/{began}"

    def state() -> str:
        return str(console.command("rotate", "status", began)["state"])

    wait_until(lambda: "do=brownout" in admin.get(page).text, 60, "the rotation asks")
    who = re.search(rf'href="({page}/who\?consumer=[^"]+)"', admin.get(page).text)
    assert who
    asked = admin.get(html.unescape(who[1]))
    assert "10.4.0.90" in asked.text
    named = submit(admin, html.unescape(who[1]), {"kind": "name", "name": "night-shift", "owner": "ops@example.com"})
    assert (named.status, named.location) == (303, f"{page}?said=consumer-named"), named.text
    wait_until(lambda: "night-shift" in admin.get(page).text, 30, "the name is shown")
    wait_until(lambda: "do=brownout" in admin.get(page).text, 60, "the rotation asks again")
    told = admin.get(f"{page}/command?do=brownout").text
    assert "the old key is switched off for some minutes and put back by itself" in told
    assert submit(admin, f"{page}/command?do=brownout").status == 303
    wait_until(lambda: state() == "brownout", 30, "the trial begins")
    # Whoever still needs it is refused, and seen; then the key is put back, by itself or by hand.
    wait_until(lambda: use("10.4.0.90") == 403, 30, "the old key is off")
    wait_until(lambda: "do=put-back" in admin.get(page).text or state() != "brownout", 30, "it can be put back")
    if "do=put-back" in admin.get(page).text:
        submit(admin, f"{page}/command?do=put-back")
    wait_until(lambda: use("10.4.0.90") == 200, 120, "the old key is back")
    submit(admin, f"{page}/command?do=rollback")
    assert use("10.4.0.90") == 200


def test_a_first_look_changes_nothing(console: Keystead, admin: Session) -> None:
    key = new_key(console, "looker")
    page = "/console/rotations/start?user=looker"
    adopted = submit(admin, page, {"adopt": "yes", "key": key.id, "secret": "wrong", "name": "looked-at"})
    assert adopted.status in (400, 403) and 'role="alert"' in adopted.text
    console.command("managed", "adopt", "looked-at", "--user-name", "looker", "--access-key-id", key.id, stdin=key.secret)
    looked = submit(admin, page, {"credential": "looked-at", "look": "yes"})
    assert looked.status == 200 and "What was looked at" in looked.text
    listed = console.command("rotate", "list")["rotations"]
    assert not [rotation for rotation in listed if rotation["credential"] == "looked-at"]


def test_nothing_is_streamed_to_who_is_signed_out(console: Keystead) -> None:
    user = "watcher"
    iam = console.client("iam")
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_login_profile(UserName=user, Password=PASSWORD)
    session = signed_in(console, user, PASSWORD)
    key = new_key(console, "watched")
    console.command("managed", "adopt", "watched", "--user-name", "watched", "--access-key-id", key.id, stdin=key.secret)
    rotation = console.command("rotate", "start", "watched")["rotation_id"]
    iam.delete_login_profile(UserName=user)
    stream = session.get(f"/console/rotations/{rotation}/live")
    assert stream.headers["content-type"] == "text/event-stream"
    assert stream.text == "event: end\ndata:\n\n"
    console.command("rotate", "rollback", rotation)


def test_home_says_what_needs_somebody(furnished: Furnished) -> None:
    somebody = signed_in(furnished.keystead, "ops-admin", PASSWORD)
    deadline = time.monotonic() + 30
    while "The cloud legacy refuses" not in (page := somebody.get("/console")).text and time.monotonic() < deadline:
        time.sleep(0.5)
    assert page.status == 200 and re.search(r"<h1>\d+ things need you</h1>", page.text), page.text[:3000]
    for told in ("The root user has access keys", "older than 90 days", "The cloud legacy refuses its credentials"):
        assert told in page.text, told
    assert re.search(r'aria-label="Keys by age: \d+ under 30 days', page.text)
    assert re.search(r'aria-label="Use today: .*deploy-bot …\w{4} \d+ times', page.text)
    assert re.search(r"A signing certificate of deploy-bot ends in \d+ days", page.text)
    assert re.search(r"The server certificate edge ends in \d+ days", page.text)
    assert re.search(r"DB_PASSWORD.*: what nobody reads nobody needs", page.text)
    credentials = somebody.get("/console/users/deploy-bot").text
    assert re.search(r'aria-label="\d+ uses on \d+ of the last 30 days', credentials)
    nobody = signed_in(furnished.keystead, "nobody", PASSWORD).get("/console")
    assert nobody.status == 200 and "Nothing that you may see needs you" in nobody.text
    assert "You may not see the ages of keys, rotations" in nobody.text


def test_a_consumer_is_enrolled_and_its_token_shown_once(console: Keystead, admin: Session) -> None:
    key = new_key(console, "billing-bot")
    console.command("managed", "adopt", "billing", "--user-name", "billing-bot", "--access-key-id", key.id, stdin=key.secret)
    made = submit(admin, "/console/consumers/new", {"credential": "billing", "name": "till", "kind": "credential_process"})
    token = re.search(r'id="consumer-token">([^<]+)<', made.text)
    assert made.status == 200 and token
    listed = admin.get("/console/consumers").text
    assert "till" in listed and token[1] not in listed
    again = submit(admin, "/console/consumers/new", {"credential": "billing", "name": "till", "kind": "credential_process"})
    assert again.status >= 400 and 'role="alert"' in again.text
    assert submit(admin, "/console/consumers/remove?credential=billing&name=till").status == 303


def test_a_leak_is_reported_looked_at_and_answered(console: Keystead, admin: Session) -> None:
    key = new_key(console, "leaky")
    assert submit(admin, "/console/leaks/report", {"ids": key.id, "url": "https://paste.example/1"}).status == 303
    # A report is taken at once and looked at a moment later, so that its answer tells nothing.
    deadline = time.monotonic() + 10
    while not (report := re.search(rf'href="(/console/leaks/[^"]+)">{key.id}', listed := admin.get("/console/leaks").text)):
        assert time.monotonic() < deadline, listed
        time.sleep(0.1)
    assert key.id in admin.get(report[1]).text
    assert key.id in admin.get("/console").text
    answered = submit(admin, f"{report[1]}/respond?do=contain")
    assert answered.status == 303
    keys = console.client("iam").list_access_keys(UserName="leaky")["AccessKeyMetadata"]
    assert [held["Status"] for held in keys] == ["Inactive"]
