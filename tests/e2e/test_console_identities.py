"""Looking after identities in the console: keys, passwords, devices, certificates, policies, groups, roles, settings,
the report and the trail. What a page says was done is asked for again through the API."""

from __future__ import annotations

import csv
import html
import io
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from harness.authenticator import STEP_SECONDS, code
from harness.browser import Browser
from harness.certificates import certificate_with_key
from harness.console import HIDDEN, Session, signed_in, submit
from harness.furnished import allow
from harness.keystead import ADMINISTRATOR_ACCESS, Key, Keystead
from harness.ssh_keys import ssh_public_key

PASSWORD = "Correct-horse-battery-5"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystead]:
    """An installation with an administrator who has a password."""
    made = Keystead(tmp_path_factory.mktemp("console"))
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


@pytest.fixture
def user(console: Keystead) -> str:
    name = f"user-{uuid.uuid4().hex[:10]}"
    console.client("iam").create_user(UserName=name)
    return name


def new_user(console: Keystead, password: str = PASSWORD) -> str:
    name = f"user-{uuid.uuid4().hex[:10]}"
    iam = console.client("iam")
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password=password)
    return name


def test_a_key_is_made_in_the_browser_and_boto3_uses_its_file(
    console: Keystead, browser: Browser, admin: Session, user: str, tmp_path: Path
) -> None:
    console.client("iam").attach_user_policy(UserName=user, PolicyArn=ADMINISTRATOR_ACCESS)
    with browser.page() as page:
        page.context.add_cookies(admin.for_browser())
        page.goto(f"{console.url}/console/users/{user}")
        page.get_by_role("link", name="Create access key").click()
        page.get_by_label("An application that runs on your machines").check()
        page.get_by_role("button", name="Continue").click()
        assert page.get_by_text("Better: a workload.").is_visible()
        page.get_by_role("button", name="Create access key anyway").click()
        secret = page.locator("#key-secret").inner_text()
        with page.expect_download() as kept:
            page.get_by_role("link", name="Download .csv file").click()
        assert kept.value.suggested_filename == f"{user}_accessKeys.csv"
        kept.value.save_as(tmp_path / "keys.csv")
        page.get_by_role("link", name="Done").click()
        assert secret not in page.content()
    rows = list(csv.DictReader((tmp_path / "keys.csv").read_text().splitlines()))
    assert list(rows[0]) == ["Access key ID", "Secret access key"]
    key = Key(rows[0]["Access key ID"], rows[0]["Secret access key"])
    assert key.secret == secret
    assert console.client("sts", key).get_caller_identity()["Arn"].endswith(f":user/{user}")
    # Whoever uses it stands beside it from then on.
    assert "1 consumer" in admin.get(f"/console/users/{user}").text


def test_at_two_keys_the_wizard_says_what_to_do(console: Keystead, admin: Session, user: str) -> None:
    iam = console.client("iam")
    for _ in range(2):
        iam.create_access_key(UserName=user)
    page = admin.get(f"/console/users/{user}/keys/new").text
    assert "Two keys are the limit" in page and "Rotate instead" in page
    assert "Create access key anyway" not in page
    refused = submit(admin, f"/console/users/{user}/keys/new", {"purpose": "cli", "create": "yes"})
    assert refused.status == 409 and "Cannot exceed quota" in refused.text


def test_a_form_sent_twice_makes_one_key(console: Keystead, admin: Session, user: str) -> None:
    path = f"/console/users/{user}/keys/new"
    hidden = dict(HIDDEN.findall(admin.get(path).text))
    first = admin.post(path, {**hidden, "purpose": "cli", "create": "yes"})
    again = admin.post(path, {**hidden, "purpose": "cli", "create": "yes"})
    assert first.status == 200 and "shown" in first.text
    assert again.status == 409 and "already carried out" in again.text
    assert len(console.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]) == 1


def test_a_key_is_switched_off_back_on_and_deleted_by_its_last_four(
    console: Keystead, admin: Session, user: str
) -> None:
    iam = console.client("iam")
    made = iam.create_access_key(UserName=user)["AccessKey"]
    key = Key(made["AccessKeyId"], made["SecretAccessKey"])
    base = f"/console/users/{user}/keys/{key.id}"
    console.client("sts", key).get_caller_identity()
    page = admin.get(f"{base}/deactivate").text
    assert "It was last used just now (sts" in page
    assert submit(admin, f"{base}/deactivate").status == 303
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        console.client("sts", key).get_caller_identity()
    assert submit(admin, f"{base}/activate").status == 303
    console.client("sts", key).get_caller_identity()
    for typed in ("", "0000", key.id[-4:].lower()):
        assert submit(admin, f"{base}/delete", {"typed": typed}).status == 400
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    assert submit(admin, f"{base}/delete", {"typed": key.id[-4:]}).status == 303
    assert not iam.list_access_keys(UserName=user)["AccessKeyMetadata"]


def test_a_user_is_made_put_into_a_group_and_deleted(console: Keystead, admin: Session) -> None:
    iam = console.client("iam")
    name, group = f"ann-{uuid.uuid4().hex[:6]}", f"ops-{uuid.uuid4().hex[:6]}"
    assert submit(admin, "/console/groups/new", {"name": group, "path": "/"}).status == 303
    made = submit(admin, "/console/users/new", {"name": name, "path": "/people/", "group": group})
    assert made.location == f"/console/users/{name}?said=user-created"
    assert [each["GroupName"] for each in iam.list_groups_for_user(UserName=name)["Groups"]] == [group]
    assert name in admin.get(f"/console/users?begins={name[:7].upper()}").text
    assert name not in admin.get("/console/users?begins=zzz").text
    again = submit(admin, "/console/users/new", {"name": name, "path": "/"})
    assert again.status == 409 and f"User with name {name} already exists." in again.text
    assert f'value="{name}"' in again.text
    tagged = submit(admin, f"/console/users/{name}/tags", {"key": "team", "value": "ops"})
    assert tagged.status == 303 and iam.list_user_tags(UserName=name)["Tags"] == [{"Key": "team", "Value": "ops"}]
    held_up = submit(admin, f"/console/users/{name}/delete", {"typed": name})
    assert held_up.status == 409 and "1 × group membership" in held_up.text
    left = submit(admin, f"/console/users/{name}/groups", {"group": group}, f"/console/users/{name}/groups/remove")
    assert left.status == 303
    assert submit(admin, f"/console/users/{name}/delete", {"typed": name}).status == 303
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_user(UserName=name)
    assert submit(admin, f"/console/groups/{group}/delete", {"typed": group}).status == 303


def test_c9_another_password_ends_every_session(console: Keystead, admin: Session) -> None:
    name = new_user(console)
    session = signed_in(console, name, PASSWORD)
    assert session.get("/console/security-credentials").status == 200
    drawn = submit(admin, f"/console/users/{name}/password", {"kind": "drawn"})
    assert drawn.status == 200
    password = re.search(r'id="new-password">([^<]+)<', drawn.text)
    assert password and console.client("iam").get_login_profile(UserName=name)["LoginProfile"]["PasswordResetRequired"]
    assert session.get("/console/security-credentials").location.startswith("/console/signin")
    # One's own change ends one's own sessions too.
    typed = {"kind": "typed", "password": f"{PASSWORD}-6"}
    assert submit(admin, f"/console/users/{name}/password", typed).status == 303
    console.client("iam").update_account_password_policy(AllowUsersToChangePassword=True)
    session = signed_in(console, name, f"{PASSWORD}-6")
    page = "/console/security-credentials/password"
    wrong = submit(session, page, {"old": "no", "new": f"{PASSWORD}-7", "again": f"{PASSWORD}-7"})
    assert wrong.status in (400, 403), wrong.status
    unlike = submit(session, page, {"old": f"{PASSWORD}-6", "new": f"{PASSWORD}-7", "again": "other"})
    assert unlike.status == 400 and "differently the second time" in unlike.text
    changed = submit(session, page, {"old": f"{PASSWORD}-6", "new": f"{PASSWORD}-7", "again": f"{PASSWORD}-7"})
    assert changed.location == "/console/signin?said=password-changed"
    assert session.get("/console").location.startswith("/console/signin")


@pytest.mark.parametrize("way", ["delete the password", "delete the user", "revoke the sessions"])
def test_c9_what_ends_a_user_ends_its_sessions(console: Keystead, way: str) -> None:
    name, iam = new_user(console), console.client("iam")
    session = signed_in(console, name, PASSWORD)
    assert session.get("/console/security-credentials").status == 200
    if way == "revoke the sessions":
        time.sleep(1.1)
        console.command("sessions", "revoke", "--user", name)
    else:
        iam.delete_login_profile(UserName=name)
        if way == "delete the user":
            iam.delete_user(UserName=name)
    assert session.get("/console/security-credentials").location.startswith("/console/signin")


def test_an_authenticator_is_set_up_from_its_picture(console: Keystead, admin: Session, user: str) -> None:
    made = submit(admin, f"/console/users/{user}/mfa/new", {"device": user})
    assert made.status == 200 and "data:image/png;base64," in made.text
    seed = re.search(r"<code>([A-Z2-7]{32,})</code>", made.text)
    assert seed
    hidden = dict(HIDDEN.findall(made.text))
    step = int(time.time()) // STEP_SECONDS
    path = f"/console/users/{user}/mfa/enable"
    wrong = admin.post(path, {**hidden, "code1": "000000", "code2": "000000"})
    assert wrong.status == 403 and "If the QR code is lost" in wrong.text
    hidden |= dict(HIDDEN.findall(wrong.text))
    right = {"code1": code(seed[1], step - 1), "code2": code(seed[1], step)}
    assert admin.post(path, {**hidden, **right}).status == 303
    devices = console.client("iam").list_mfa_devices(UserName=user)["MFADevices"]
    assert [device["SerialNumber"].endswith(f"mfa/{user}") for device in devices] == [True]
    remove = f"/console/users/{user}/mfa/remove?serial={devices[0]['SerialNumber'].replace(':', '%3A')}"
    assert submit(admin, remove, {"typed": "remove"}).status == 303
    assert not console.client("iam").list_mfa_devices(UserName=user)["MFADevices"]


def test_certificates_ssh_keys_and_service_credentials(console: Keystead, admin: Session, user: str) -> None:
    base, iam = f"/console/users/{user}", console.client("iam")
    certificate, private_key = certificate_with_key(user)
    refused = submit(admin, f"{base}/certificates/new", {"text": "not a certificate"})
    assert refused.status == 400 and "not a certificate" in refused.text
    assert submit(admin, f"{base}/certificates/new", {"text": certificate}).status == 303
    held = iam.list_signing_certificates(UserName=user)["Certificates"][0]["CertificateId"]
    assert submit(admin, f"{base}/certificates/{held}/deactivate").status == 303
    assert submit(admin, f"{base}/certificates/{held}/delete", {"typed": held[-4:]}).status == 303
    assert not iam.list_signing_certificates(UserName=user)["Certificates"]
    assert submit(admin, f"{base}/ssh-keys/new", {"text": ssh_public_key()}).status == 303
    held = iam.list_ssh_public_keys(UserName=user)["SSHPublicKeys"][0]["SSHPublicKeyId"]
    assert submit(admin, f"{base}/ssh-keys/{held}/deactivate").status == 303
    assert submit(admin, f"{base}/ssh-keys/{held}/delete").status == 303
    made = submit(admin, f"{base}/service-credentials/new", {"service": "codecommit.amazonaws.com"})
    assert made.status == 200 and 'id="service-password"' in made.text
    found = iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"][0]
    held = found["ServiceSpecificCredentialId"]
    assert submit(admin, f"{base}/service-credentials/{held}/reset").status == 200
    assert submit(admin, f"{base}/service-credentials/{held}/deactivate").status == 303
    assert submit(admin, f"{base}/service-credentials/{held}/delete", {"typed": held[-4:]}).status == 303


def test_the_editor_says_in_which_line_a_policy_is_wrong(console: Keystead, browser: Browser, admin: Session) -> None:
    name, user = f"reports-{uuid.uuid4().hex[:6]}", new_user(console)
    with browser.page() as page:
        page.context.add_cookies(admin.for_browser())
        page.goto(f"{console.url}/console/policies/new")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Policy document").fill(allow("s3:GetObject").replace('"Action"', '"Actions"'))
        page.get_by_role("button", name="Create policy").click()
        assert page.get_by_text("Line 6: “Actions” is no element of a statement.").is_visible()
        assert page.get_by_label("Name").input_value() == name
        assert "Actions" in page.locator(".lines li.bad").inner_text()
        page.get_by_label("Policy document").fill(allow("s3:GetObject"))
        page.get_by_role("button", name="Check").click()
        assert page.get_by_text("The document reads as a policy.").is_visible()
        page.get_by_role("button", name="Create policy").click()
        page.wait_for_url("**/policies/show?*")
        arn = page.locator("h1 + small").inner_text()
        page.goto(f"{console.url}/console/users/{user}/permissions/attach?begins={name[:9]}")
        page.get_by_label(name).check()
        page.get_by_role("button", name="Attach").click()
        page.goto(f"{console.url}/console/policies/simulate")
        page.get_by_label("Whose policies").fill(f"arn:aws:iam::{console.account_id}:user/{user}")
        page.get_by_label("Actions").fill("s3:GetObject\ns3:PutObject")
        page.get_by_role("button", name="Simulate").click()
        rows = [row.inner_text() for row in page.locator("tbody tr").all()]
        assert "Allowed" in rows[0] and name in rows[0] and "line 3" in rows[0], rows
        assert "Not allowed by any" in rows[1], rows
        page.goto(f"{console.url}/console/policies/who-can?action=s3:GetObject")
        assert page.get_by_role("link", name=user).is_visible()
        page.goto(f"{console.url}/console/policies/who-can?action=s3:PutObject")
        assert page.get_by_role("link", name=user).count() == 0
    edited = submit(admin, f"/console/policies/edit?arn={arn}", {"document": allow("s3:PutObject")})
    assert edited.status == 303
    iam = console.client("iam")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert submit(admin, f"/console/policies/version?arn={arn}&version=v1").status == 303
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    assert submit(admin, f"/console/policies/delete?arn={arn}", {"typed": name}).status == 409
    assert submit(admin, f"/console/users/{user}/permissions/detach?arn={arn}").status == 303
    assert submit(admin, f"/console/policies/delete?arn={arn}", {"typed": name}).status == 303


def test_a_role_is_made_trusted_and_its_sessions_ended(console: Keystead, admin: Session) -> None:
    name = f"deployer-{uuid.uuid4().hex[:6]}"
    page = admin.get("/console/roles/new").text
    document = re.search(r"<textarea name=\"document\"[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert document
    trust = html.unescape(document[1])
    assert submit(admin, "/console/roles/new", {"name": name, "document": trust}).status == 303
    wrong = submit(admin, f"/console/roles/{name}", {"document": trust.replace("sts:AssumeRole", "s3:GetObject")})
    assert wrong.status == 400 and 'role="alert"' in wrong.text
    inline = {"name": "own", "document": allow("s3:GetObject")}
    assert submit(admin, f"/console/roles/{name}/permissions/inline/new", inline).status == 303
    assert console.client("iam").list_role_policies(RoleName=name)["PolicyNames"] == ["own"]
    assert submit(admin, f"/console/roles/{name}/end-sessions").status == 303
    assert submit(admin, f"/console/roles/{name}/permissions/inline/own/delete").status == 303
    assert submit(admin, f"/console/roles/{name}/delete", {"typed": name}).status == 303


def test_settings_are_saved_and_refused_in_the_field(console: Keystead, admin: Session) -> None:
    iam, page = console.client("iam"), "/console/settings"
    alias = f"harbor-{uuid.uuid4().hex[:6]}"
    assert submit(admin, page, {"alias": alias}, f"{page}/alias").status == 303
    assert iam.list_account_aliases()["AccountAliases"] == [alias]
    assert submit(admin, page, {"alias": "NOT ONE"}, f"{page}/alias").status == 400
    assert submit(admin, page, {"alias": ""}, f"{page}/alias").status == 303
    assert not iam.list_account_aliases()["AccountAliases"]
    assert submit(admin, page, {"preset": "NIST"}, f"{page}/preset").status == 303
    assert "It is so." in admin.get(page).text
    policy = {"minimum_length": "12", "require_numbers": "on", "allow_users_to_change": "on", "max_age_days": "90"}
    assert submit(admin, page, policy, f"{page}/password-policy").status == 303
    held = iam.get_account_password_policy()["PasswordPolicy"]
    assert (held["MinimumPasswordLength"], held["RequireNumbers"], held["MaxPasswordAge"]) == (12, True, 90)
    assert submit(admin, page, {"minimum_length": "3"}, f"{page}/password-policy").status == 400
    assert submit(admin, page, {"preset": "AWS_DEFAULT"}, f"{page}/preset").status == 303


def test_e5_the_report_is_made_and_its_file_holds_no_formula(console: Keystead, admin: Session) -> None:
    console.client("iam").create_user(UserName="=cmd")
    page = "/console/credential-report"
    assert submit(admin, page).status == 303
    deadline = time.monotonic() + 30
    while "Download .csv file" not in admin.get(page).text:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    answer = admin.get(f"{page}/download")
    assert answer.headers["content-disposition"].startswith('attachment; filename="credential-report-')
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][0] == "user"
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert "'=cmd" in {row[0] for row in rows} or "=cmd" not in answer.text
    assert "admin" in admin.get(f"{page}?begins=adm&which=passwords").text


def test_the_trail_is_searched_read_and_verified(console: Keystead, admin: Session, user: str) -> None:
    console.client("iam").create_access_key(UserName=user)
    deadline = time.monotonic() + 10
    while True:
        page = admin.get("/console/audit?event_name=CreateAccessKey").text
        link = re.search(r'href="(/console/audit/\d+)"', page)
        if link or time.monotonic() > deadline:
            break
        time.sleep(0.3)
    assert link, page
    event = admin.get(link[1]).text
    assert "&quot;eventName&quot;: &quot;CreateAccessKey&quot;" in event or "eventName" in event
    assert "The chain is whole." in admin.get("/console/audit/verify").text
    assert admin.get("/console/audit/999999999").status == 404
    assert "Nothing like that was found" in admin.get("/console/audit?event_name=NoSuchEvent").text


def test_a_key_is_found_by_its_id_and_a_name_by_how_it_begins(
    console: Keystead, admin: Session, user: str
) -> None:
    key = console.client("iam").create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    assert admin.get(f"/console/find?q={key}").location == f"/console/users/{user}"
    assert f"/console/users/{user}" in admin.get(f"/console/find?q={user[:8]}").text
    assert "Nothing was found" in admin.get("/console/find?q=zzzzzz").text


def test_whoever_may_nothing_is_told_so_and_sees_nothing(console: Keystead) -> None:
    session = signed_in(console, new_user(console), PASSWORD)
    for path in ("/console/users", "/console/policies", "/console/roles", "/console/audit", "/console/users/admin"):
        answer = session.get(path)
        assert answer.status == 403 and "is not authorized to perform" in answer.text, path
    assert session.get("/console/security-credentials").status == 200
