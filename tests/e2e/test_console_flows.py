"""Ways through the console that a person takes in a browser: with a mouse, with a keyboard alone, with scripts off."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from harness.browser import Browser, axe
from harness.console import Session, signed_in
from harness.furnished import PASSWORD, Furnished
from harness.keystead import Key
from playwright.sync_api import Page


@pytest.fixture(scope="module")
def administrator(furnished: Furnished) -> Session:
    return signed_in(furnished.keystead, "ops-admin", PASSWORD)


@pytest.fixture
def page(browser: Browser, administrator: Session) -> Iterator[Page]:
    with browser.page(permissions=["clipboard-read", "clipboard-write"]) as page:
        page.context.add_cookies(administrator.for_browser())
        yield page


def test_a_policy_is_simulated_and_says_which_statement_decided(furnished: Furnished, page: Page) -> None:
    page.goto(f"{furnished.keystead.url}/console/policies")
    page.get_by_role("link", name="Simulate").click()
    account = furnished.keystead.account_id
    page.get_by_label("Whose policies").fill(f"arn:aws:iam::{account}:user/machines/orders-app")
    page.get_by_label("Actions").fill("sqs:SendMessage\ns3:GetObject\niam:DeleteUser")
    page.get_by_role("button", name="Simulate").click()
    rows = page.locator("tbody tr").all_inner_texts()
    assert len(rows) == 3
    told = {row.split()[0]: row for row in rows}
    assert "Allowed" in told["sqs:SendMessage"] and "own-queue" in told["sqs:SendMessage"]
    assert "Not allowed" in told["iam:DeleteUser"] and "no statement is about it" in told["iam:DeleteUser"]
    # What was asked stands there still, to be changed and asked again.
    assert page.get_by_label("Actions").input_value().splitlines()[0] == "sqs:SendMessage"
    page.get_by_text("More: context keys").click()
    deny = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"sqs:*","Resource":"*"}}'
    page.get_by_label("A policy besides").fill(deny)
    page.get_by_role("button", name="Simulate").click()
    assert "Denied by a statement" in page.locator("tbody tr", has_text="sqs:SendMessage").inner_text()
    assert axe(page) == []
    # It is what the API says.
    iam = furnished.iam
    asked = {"PolicySourceArn": f"arn:aws:iam::{account}:user/machines/orders-app", "ActionNames": ["iam:DeleteUser"]}
    (result,) = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"


def test_a_wrong_policy_is_told_with_its_line_and_nothing_is_lost(furnished: Furnished, page: Page) -> None:
    page.goto(f"{furnished.keystead.url}/console/policies/new")
    page.get_by_label("Name").fill("half-done")
    written = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": "s3:*" "Resource": "*"}\n  ]\n}'
    page.get_by_label("Policy document").fill(written)
    page.get_by_role("button", name="Create policy").click()
    assert page.get_by_role("alert").first.is_visible()
    assert '"s3:*" "Resource"' in page.locator(".lines .bad").inner_text()
    assert page.get_by_label("Policy document").input_value() == written
    assert page.get_by_label("Name").input_value() == "half-done"
    assert axe(page) == []
    page.get_by_label("Policy document").fill(written.replace('"s3:*" ', '"s3:*", '))
    page.get_by_role("button", name="Create policy").click()
    made = furnished.iam.list_policies(Scope="Local")["Policies"]
    assert "half-done" in [policy["PolicyName"] for policy in made]


def test_the_credential_report_is_made_shown_and_downloaded(furnished: Furnished, page: Page, tmp_path: Path) -> None:
    page.goto(f"{furnished.keystead.url}/console/credential-report")
    page.get_by_role("button", name="Generate report").click()
    download = page.get_by_role("link", name="Download .csv file")
    for _ in range(50):
        if download.count():
            break
        page.wait_for_timeout(200)
        page.reload()
    with page.expect_download() as kept:
        download.click()
    kept.value.save_as(tmp_path / "report.csv")
    rows = {row["user"]: row for row in csv.DictReader((tmp_path / "report.csv").read_text().splitlines())}
    given = furnished.iam.get_credential_report()["Content"].decode()
    same = {row["user"]: row for row in csv.DictReader(given.splitlines())}
    assert rows.keys() == same.keys() and len(rows) > 10
    assert rows["deploy-bot"]["access_key_2_active"] == same["deploy-bot"]["access_key_2_active"] == "true"
    assert page.get_by_text("deploy-bot").first.is_visible()
    assert axe(page) == []


def test_a_command_is_copied_by_its_button(furnished: Furnished, page: Page) -> None:
    page.goto(f"{furnished.keystead.url}/console/users/deploy-bot")
    twin = page.locator(".twin").first
    twin.get_by_role("button").click()
    twin.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == twin.locator("code").inner_text()
    assert "aws iam list-access-keys --user-name deploy-bot" in twin.inner_text()


def test_a_key_is_found_by_its_id_from_any_page(furnished: Furnished, page: Page) -> None:
    key = furnished.keys["deploy-bot"].id
    page.goto(f"{furnished.keystead.url}/console/audit")
    page.get_by_role("searchbox", name="Search").fill(key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/users/deploy-bot")
    assert "deploy-bot" in page.locator("main").inner_text()


def press_until(page: Page, name: str, key: str = "Tab", most: int = 80) -> None:
    """Goes on with the keyboard until something of that name has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        focused = page.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent || '').trim()")
        if focused.startswith(name):
            return
    raise AssertionError(f"{name} is not reached by {key}")


def test_a_key_is_switched_off_by_the_keyboard_alone(furnished: Furnished, browser: Browser) -> None:
    """Signing in, finding it, reading who uses it, and switching it off, without a mouse."""
    iam, name = furnished.iam, "keyboard-user"
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    with browser.page() as page:
        page.goto(f"{furnished.keystead.url}/console/signin/harbor-prod")
        page.get_by_label("User name").focus()
        page.keyboard.type("ops-admin")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/console")
        press_until(page, "Users")
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/users")
        press_until(page, name)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/users/{name}")
        press_until(page, "Deactivate")
        page.keyboard.press("Enter")
        page.wait_for_url("**/deactivate")
        assert "never used" in page.locator("main").inner_text()
        press_until(page, "Deactivate")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/users/{name}?said=*")
        # What was done is said where a screen reader hears it.
        assert page.get_by_role("status").inner_text().strip().endswith(".")
    key = Key(made["AccessKeyId"], made["SecretAccessKey"])
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        furnished.keystead.client("sts", key, attempts=1).get_caller_identity()


def test_a_user_is_made_and_given_a_key_without_scripts(
    furnished: Furnished, browser: Browser, administrator: Session, tmp_path: Path
) -> None:
    with browser.page(scripts=False, phone=True) as page:
        page.context.add_cookies(administrator.for_browser())
        page.goto(f"{furnished.keystead.url}/console/users/new")
        page.get_by_label("User name").fill("made-without-scripts")
        page.get_by_label("administrators").check()
        page.get_by_role("button", name="Create user").click()
        page.get_by_role("link", name="Create access key").click()
        page.get_by_label("Something else").check()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Create access key").click()
        with page.expect_download() as kept:
            page.get_by_role("link", name="Download .csv file").click()
        kept.value.save_as(tmp_path / "keys.csv")
    (row,) = csv.DictReader((tmp_path / "keys.csv").read_text().splitlines())
    key = Key(row["Access key ID"], row["Secret access key"])
    users = furnished.keystead.client("iam", key).list_users()["Users"]
    assert "made-without-scripts" in [user["UserName"] for user in users]


def test_a_form_that_is_sent_twice_does_it_once(furnished: Furnished, page: Page) -> None:
    """Somebody presses twice, or goes back and sends it again."""
    furnished.iam.create_user(UserName="pressed-twice")
    page.goto(f"{furnished.keystead.url}/console/users/pressed-twice/keys/new")
    page.get_by_label("Something else").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Create access key").dblclick()
    page.wait_for_load_state()
    page.wait_for_timeout(300)
    assert len(furnished.iam.list_access_keys(UserName="pressed-twice")["AccessKeyMetadata"]) == 1
