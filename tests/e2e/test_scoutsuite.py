"""ScoutSuite, unmodified: its audit of an account finds the users, keys, devices and policy that are there."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from harness.authenticator import enable_mfa
from harness.clients import PROGRAMS
from harness.keystead import Keystead

# What it also asks for and does without.
ASKED_IN_VAIN = {"ListGroups", "ListPolicies", "ListRoles", "ListUserPolicies"}
PASSWORD_POLICY = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 5,
}


def scan(keystead: Keystead) -> tuple[dict[str, Any], str]:
    """Runs the audit of IAM; what it found, and what it said went wrong."""
    folder = keystead.folder / "scoutsuite"
    subprocess.run(
        [
            *(PROGRAMS / "scoutsuite" / ".venv" / "bin" / "scout", "aws", "--services", "iam"),
            *("--no-browser", "--report-dir", folder, "--report-name", "audit"),
        ],
        env=keystead.environment(),
        cwd=keystead.folder,
        # 200 is its way to say that something is missing from the report.
        check=False,
        timeout=240,
    )
    results = (folder / "scoutsuite-results" / "scoutsuite_results_audit.js").read_text()
    errors = folder / "scoutsuite-results" / "scoutsuite_errors_audit.json"
    return json.loads(results.split("\n", 1)[1])["services"]["iam"], errors.read_text() if errors.exists() else ""


@pytest.mark.timeout(300)
def test_an_audit_reports_what_is_in_the_account(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    iam = keystead.client("iam")
    iam.update_account_password_policy(**PASSWORD_POLICY)
    first = keystead.create_user("alice")
    second = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="alice", AccessKeyId=first.id, Status="Inactive")
    iam.create_login_profile(UserName="alice", Password="Correct-horse-battery-5")
    device = enable_mfa(iam, "alice")
    bob = keystead.create_user("bob")
    iam.create_user(UserName="carol")
    iam.create_login_profile(UserName="carol", Password="Correct-horse-battery-6")

    found, errors = scan(keystead)

    assert set(re.findall(r"when calling the (\w+) operation", errors)) <= ASKED_IN_VAIN
    users = {user["name"]: user for user in found["users"].values()}
    assert found["users_count"] == 3
    assert users.keys() == {"alice", "bob", "carol"}
    assert {name: statuses(user) for name, user in users.items()} == {
        "alice": {first.id: "Inactive", second: "Active"},
        "bob": {bob.id: "Active"},
        "carol": {},
    }
    assert [one["SerialNumber"] for one in users["alice"]["MFADevices"]] == [device]
    assert users["bob"]["MFADevices"] == users["carol"]["MFADevices"] == []
    assert {name for name, user in users.items() if "LoginProfile" in user} == {"alice", "carol"}
    assert PASSWORD_POLICY.items() - found["password_policy"].items() == {("PasswordReusePrevention", 5)}
    assert found["password_policy"]["PreviousPasswordPrevented"] == 5

    rows = {row["user"]: row for row in found["credential_reports"].values()}
    assert rows.keys() == {"<root_account>", "alice", "bob", "carol"}
    assert (rows["alice"]["mfa_active"], rows["bob"]["mfa_active"]) == ("true", "false")
    assert (rows["alice"]["password_enabled"], rows["bob"]["password_enabled"]) == ("true", "false")
    assert (rows["alice"]["access_key_1_active"], rows["alice"]["access_key_2_active"]) == ("true", "false")
    assert flagged(found, "iam-user-without-mfa") == [users["carol"]["id"]]
    assert flagged(found, "iam-root-account-no-mfa") == [rows["<root_account>"]["id"]]
    assert flagged(found, "iam-password-policy-minimum-length") == []


def statuses(user: dict[str, Any]) -> dict[str, str]:
    return {key["AccessKeyId"]: key["Status"] for key in user["AccessKeys"]}


def flagged(found: dict[str, Any], rule: str) -> list[str]:
    """The ids of what a rule found fault with."""
    return [item.split(".")[2] for item in found["findings"][rule]["items"]]
