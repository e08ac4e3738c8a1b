"""Your clouds in a browser: an account connected to the last step, the pencil, the cross, and the four messages of what
is refused, each in its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from harness import outbox
from harness.browser import Browser, axe, overflow
from harness.console import Session, signed_in, submit
from harness.faulty_cloud import FAULTS, FaultyCloud
from harness.keystead import Key, Keystead
from harness.moto import NUMBER, CloudUser, Moto
from harness.process import wait_until
from playwright.sync_api import Page, expect

PASSWORD = "correct horse battery staple 1A!"
ELSEWHERE = "444455556666"
GROUPED = "1234-5678-9012"
CONNECT = "/console/clouds/connect/aws"
REGIONS = ["us-east-1", "eu-central-1"]
SLOW_MS = 60_000


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    moto = Moto(tmp_path_factory.mktemp("cloud"))
    moto.warm()
    yield moto
    moto.close()


@pytest.fixture(scope="module")
def users(cloud: Moto) -> dict[str, CloudUser]:
    other = cloud.other_account(ELSEWHERE)
    users = {
        "keystead": cloud.user("keystead"),
        "next": cloud.user("next"),
        "powerless": cloud.user("powerless", policy=None),
        "elsewhere": cloud.user("elsewhere", key=other, number=ELSEWHERE),
    }
    cloud.enforce()
    return users


@pytest.fixture(scope="module")
def proxy(cloud: Moto) -> Iterator[FaultyCloud]:
    proxy = FaultyCloud(cloud.port)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def second() -> dict[str, Key]:
    """The key of another account's root user, once there is one."""
    return {}


@pytest.fixture(scope="module")
def keystead(
    cloud: Moto, proxy: FaultyCloud, second: dict[str, Key], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Keystead]:
    keystead = Keystead(tmp_path_factory.mktemp("clouds"))
    keystead.init()
    for name, url in (("lab", cloud.url), ("watched", proxy.url)):
        where = (*keystead.location, "--endpoint-url", url, "--names-owners")
        keystead.command("admin", "endpoint", "add", name, *where)
    second["root"] = Key.of_root(keystead.account("create", "--root-email", "second@example.com", "--root-key"))
    often = ("--cloud-status-interval-seconds", "10", "--cloud-status-retry-seconds", "1")
    keystead.start("--cloud-timeout-seconds", "5", *often)
    keystead.command("root", "password", stdin=PASSWORD)
    keystead.command("root", "password", stdin=PASSWORD, key=second["root"])
    yield keystead
    keystead.close()


@pytest.fixture
def root(keystead: Keystead) -> Session:
    return signed_in(keystead, "root@example.com", PASSWORD)


@pytest.fixture(autouse=True)
def alone(keystead: Keystead) -> Iterator[None]:
    """No test leaves an account connected."""
    yield
    for name in names(keystead):
        keystead.command("cloud", "delete", name, "--yes", stdin=PASSWORD)


@pytest.fixture
def connected(keystead: Keystead, users: dict[str, CloudUser]) -> str:
    """The name of an account that is connected for one test."""
    connect(keystead, users["keystead"], "ours")
    return "ours"


def connect(keystead: Keystead, user: CloudUser, name: str) -> Any:
    arguments = ("--access-key-id", user.key.id, "--endpoint", "lab", "--name", name)
    return keystead.command("cloud", "connect", *arguments, stdin=user.key.secret)


def names(keystead: Keystead) -> list[str]:
    return [cloud["name"] for cloud in keystead.command("cloud", "list")["cloud_accounts"]]


def fields(user: CloudUser, number: str = "", endpoint: str = "lab", secret: str = "") -> dict[str, str]:
    return {
        "endpoint": endpoint,
        "account_number": number,
        "access_key_id": user.key.id,
        "secret_access_key": secret or user.key.secret,
    }


def fill(page: Page, user: CloudUser, number: str, secret: str = "") -> None:
    page.get_by_label("AWS account number").fill(number)
    page.get_by_label("AWS access key ID").fill(user.key.id)
    page.get_by_label("AWS secret access key").fill(secret or user.key.secret)
    page.get_by_role("button", name="Continue").click()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    assert axe(page) == [] and overflow(page) == ""


def test_an_account_is_connected_step_by_step_to_the_last(
    browser: Browser, keystead: Keystead, cloud: Moto, users: dict[str, CloudUser], root: Session
) -> None:
    with browser.page() as page:
        page.context.add_cookies(root.for_browser())  # type: ignore[arg-type]
        page.goto(f"{keystead.url}/console/settings")
        page.goto(f"{keystead.url}/console/clouds")
        heading(page, "Your clouds")
        assert page.locator(".crumbs").inner_text().split("\n")[:2] == ["Settings", "Account settings"]
        page.get_by_role("link", name="Connect to a cloud").first.click()
        expect(page.get_by_role("heading", name="Amazon Web Services")).to_be_visible()
        expect(page.get_by_text("Add AWS cloud")).to_be_visible()
        page.get_by_role("link", name="Connect lab").click()
        heading(page, "Connect Amazon Web Services")
        fill(page, users["keystead"], GROUPED)
        heading(page, "What this key may do")
        expect(page.get_by_text(f"Account {GROUPED} is proved.")).to_be_visible()
        # The matrix comes by itself, as soon as the services were asked.
        expect(page.get_by_role("heading", name="Services by region")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_text("us-east-1").first).to_be_visible()
        page.get_by_role("button", name="Continue").click()
        heading(page, "What there is")
        expect(page.get_by_text("lists were read")).to_be_visible(timeout=SLOW_MS)
        page.get_by_role("link", name="Continue").click()
        heading(page, "SSH key and security group")
        assert page.get_by_label("EC2 SSH key").input_value() == "default"
        assert page.get_by_label("EC2 security group").input_value() == "default"
        page.get_by_text("regions", exact=False).locator("xpath=self::summary").click()
        for tick in page.locator("input[name=region]").all():
            tick.set_checked(tick.get_attribute("value") in REGIONS)
        page.set_default_timeout(SLOW_MS)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="What became of it")).to_be_visible()
        assert page.locator("tbody tr").count() == len(REGIONS)
        page.get_by_role("link", name="Continue").click()
        heading(page, "Connected")
        page.get_by_role("link", name="Your clouds", exact=True).last.click()
        row = page.get_by_role("row", name="lab")
        expect(row).to_contain_text(GROUPED)
        expect(row.get_by_role("img", name="Cloud answers, account accepted")).to_be_visible()
        assert users["keystead"].key.secret not in page.content()
    listed = keystead.command("cloud", "ssh-key", "list", "lab")["ssh_keys"]
    assert {key["region"] for key in listed if key["has_material"]} == set(REGIONS)
    resources = root.get("/console/resources?cloud=lab&kind=security_groups&region=us-east-1&search=DEFAULT").text
    shown = re.findall(r'<small class="id quiet">(\w+)-', resources)
    assert shown and set(shown) == {"sg"} and ">eu-central-1</td>" not in resources
    assert "Nothing in lab is like that." in root.get("/console/resources?cloud=lab&search=nosuch").text


def test_the_pencil_changes_the_key_in_all_regions_and_knows_no_number(
    browser: Browser, keystead: Keystead, users: dict[str, CloudUser], root: Session, connected: str
) -> None:
    wait_until(lambda: keystead.command("cloud", "status", connected)["regions"], 30, "the first probe is done")
    with browser.page() as page:
        page.context.add_cookies(root.for_browser())  # type: ignore[arg-type]
        page.goto(f"{keystead.url}/console/clouds")
        page.get_by_role("link", name=f"Change the credentials of {connected}").click()
        heading(page, "Enter Your Amazon Credentials")
        propagated = page.get_by_text("Edits you make are propagated to the following clouds")
        assert "AWS us-east-1" in propagated.inner_text() and "AWS eu-central-1" in propagated.inner_text()
        assert page.locator("form [name*=number], form [name*=account]").count() == 0
        expect(page.get_by_label("X.509 certificate")).to_be_hidden()
        page.get_by_text("Advanced").click()
        expect(page.get_by_label("X.509 certificate")).to_be_visible()
        # A key of another account is not taken, and the secret is not sent back.
        page.get_by_label("AWS access key").fill(users["elsewhere"].key.id)
        page.get_by_label("AWS secret key").fill(users["elsewhere"].key.secret)
        page.get_by_role("button", name="Update").click()
        expect(page.get_by_role("alert")).to_contain_text("does not correspond to the AWS access key ID")
        assert page.get_by_label("AWS secret key").input_value() == ""
        page.get_by_label("AWS access key").fill(users["next"].key.id)
        page.get_by_label("AWS secret key").fill(users["next"].key.secret)
        page.get_by_role("button", name="Update").click()
        expect(page.get_by_text("in use in all regions")).to_be_visible()
    shown = keystead.command("cloud", "show", connected)
    assert (shown["credential_version"], shown["account_number"]) == (2, NUMBER)
    assert shown["principal_arn"].endswith("user/next")
    # And back, which is asked for first.
    assert "version 2" in root.get(f"/console/clouds/{connected}/undo").text
    assert submit(root, f"/console/clouds/{connected}/undo").status == 303
    assert keystead.command("cloud", "show", connected)["principal_arn"].endswith("user/keystead")


def test_a_certificate_is_given_behind_advanced(
    keystead: Keystead, root: Session, connected: str
) -> None:
    from harness.certificates import certificate_with_key

    certificate, private_key = certificate_with_key("bundles", days=30)
    path = f"/console/clouds/{connected}/credentials"
    alone = submit(root, path, {"certificate": certificate})
    assert alone.status == 400 and 'role="alert"' in alone.text
    assert submit(root, path, {"certificate": certificate, "private_key": private_key}).status == 303
    generated = keystead.command("credential", "list", "--generated")["stored_credentials"]
    assert {"AWS_X509_CERT", "AWS_X509_KEY"} <= {row["name"] for row in generated}


def test_all_four_messages_stand_on_the_page_in_their_words(
    browser: Browser,
    keystead: Keystead,
    users: dict[str, CloudUser],
    proxy: FaultyCloud,
    root: Session,
    connected: str,
) -> None:
    second = signed_in(keystead, "second@example.com", PASSWORD)
    with browser.page() as page:
        page.context.add_cookies(second.for_browser())  # type: ignore[arg-type]

        def told(user: CloudUser, number: str = GROUPED, endpoint: str = "lab", secret: str = "") -> str:
            page.goto(f"{keystead.url}{CONNECT}?endpoint={endpoint}")
            fill(page, user, number, secret)
            message = page.get_by_role("alert").inner_text()
            # What was typed is there again, but for the secret.
            assert page.get_by_label("AWS access key ID").input_value() == user.key.id
            assert page.get_by_label("AWS secret access key").input_value() == ""
            assert user.key.secret not in page.content() and axe(page) == []
            return message

        assert told(users["elsewhere"]).startswith(
            "Your Amazon credentials are invalid: Your AWS account number does not correspond to the AWS access key ID. "
            "This will cause unpredictable behavior when accessing EC2."
        )
        for user, secret in ((users["powerless"], ""), (users["next"], "x" * 40)):
            message = told(user, secret=secret)
            assert message.startswith("AWS account number can't be verified with these credentials.")
            assert "every region has a security group" in message and "example.com" not in message
        proxy.fault = FAULTS["opt-in-required"]
        message = told(users["next"], endpoint="watched")
        proxy.fault = None
        assert message.startswith('Your Amazon credentials are invalid: STS: "OptInRequired: ')
        assert "wait for its e-mail" in message
        assert told(users["next"]).startswith(
            "Your Amazon credentials are invalid: Sorry, this AWS account has already been registered with Keystead by "
            "root@example.com, please contact this person to get invited to his account."
        )
        page.get_by_role("link", name="Request invitation").click()
        heading(page, "Request invitation")
        page.get_by_label("AWS access key ID").fill(users["next"].key.id)
        page.get_by_label("AWS secret access key").fill(users["next"].key.secret)
        page.get_by_role("button", name="Request invitation").click()
        expect(page.get_by_text("A letter went to root@example.com")).to_be_visible()

    def letters() -> list[str]:
        found = [letter for letter in outbox.letters(keystead) if "Somebody asks to be invited" in letter["subject"]]
        return [letter.get_content() for letter in found]

    assert "second@example.com" in wait_until(letters, 10, "the letter")[0]
    # One's own account is told by its name, and no owner is named to who proved nothing.
    own = submit(root, f"{CONNECT}?endpoint=lab", fields(users["keystead"]), form=CONNECT)
    assert own.status == 409 and f"connected to your account already, as {connected}" in own.text
    assert "Request invitation</a>" not in own.text


def test_the_cross_asks_for_the_password_and_says_what_is_lost(
    keystead: Keystead, root: Session, connected: str
) -> None:
    path = f"/console/clouds/{connected}/delete"
    question = root.get(path).text
    assert "cannot be undone" in question and "AWS_ACCESS_KEY_ID" in question and GROUPED in question
    wrong = submit(root, path, {"password": "wrong"})
    assert wrong.status in (400, 401, 403) and 'role="alert"' in wrong.text
    assert connected in names(keystead)
    done = submit(root, path, {"password": PASSWORD})
    assert (done.status, done.location) == (303, "/console/clouds?said=cloud-deleted")
    assert connected not in names(keystead)
    assert root.get(f"/console/clouds/{connected}").status == 404


def test_requery_asks_the_cloud_anew_and_a_failing_key_is_told(
    keystead: Keystead, cloud: Moto, users: dict[str, CloudUser], root: Session, connected: str
) -> None:
    base = f"/console/clouds/{connected}"
    assert submit(root, base, form=f"{base}/requery").location == f"{base}?said=cloud-asked"
    page = root.get(base).text
    assert "It can be used." not in page and '<span class="tag ok">ok</span>' in page and "asked " in page
    cloud.enforce(False)
    spare = cloud.user("spare")
    cloud.enforce()
    update = ("cloud", "update", connected, "--access-key-id", spare.key.id)
    keystead.command(*update, stdin=spare.key.secret)
    cloud.client("iam", users["keystead"].key).delete_access_key(UserName="spare", AccessKeyId=spare.key.id)
    assert submit(root, base, form=f"{base}/requery").status == 303
    assert '<span class="tag bad">refused</span>' in root.get(base).text
    wait_until(lambda: "credentials fail" in root.get("/console/clouds").text, 30, "the lamp is red")
    assert "account refused" in root.get("/console/clouds").text


def test_whoever_may_only_look_connects_nothing(keystead: Keystead, users: dict[str, CloudUser], connected: str) -> None:
    iam = keystead.client("iam")
    iam.create_user(UserName="observer")
    iam.create_login_profile(UserName="observer", Password=PASSWORD)
    iam.attach_user_policy(UserName="observer", PolicyArn="arn:aws:iam::aws:policy/keystead/observer")
    observer = signed_in(keystead, "observer", PASSWORD)
    assert observer.get("/console/clouds").status == 200
    path = f"/console/clouds/{connected}/credentials"
    for asked in (submit(observer, path, fields(users["next"])), submit(observer, CONNECT, fields(users["next"]))):
        assert asked.status == 403 and "not authorized to perform" in asked.text
    assert keystead.command("cloud", "show", connected)["credential_version"] == 1
