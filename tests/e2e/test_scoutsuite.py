"""ScoutSuite, unmodified: its audit of an account finds who and what is there, and what is wrong with it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from harness.audited import MANAGED, PASSWORD_POLICY, seed
from harness.clients import PROGRAMS
from harness.keystead import Key, Keystead

USERS = {"alice", "auditor", "bob", "carol", "dave", "ines"}
GROUPS = {"admins": {"alice", "bob"}, "auditors": {"auditor"}, "builders": {"ines"}, "visitors": set()}
ROLES = {
    "AWSServiceRoleForAutoScaling": [],
    "any-deputy": ["read-secrets", "share-snapshots"],
    "deployer": ["any-role", "keys-and-trails"],
    "inside-reader": ["ReadOnlyAccess", "SecurityAudit"],
    "open-door": ["own-orders"],
    "operator": ["AdministratorAccess"],
    "outside-reader": ["ReadOnlyAccess"],
    "own-deputy": ["anything"],
}
ATTACHED = MANAGED.keys() - {"unused-anything"}
ROOT = {"<root_account>"}
# Each rule of ScoutSuite, and what it finds fault with; all others find nothing.
FAULTS = {
    "iam-assume-role-lacks-external-id-and-mfa": {"open-door", "outside-reader"},
    "iam-assume-role-policy-allows-all": {"open-door"},
    "iam-group-with-inline-policies": {"builders"},
    "iam-group-with-no-users": {"visitors"},
    "iam-managed-policy-allows-full-privileges": {"AdministratorAccess", "anything"},
    "iam-managed-policy-allows-sts-AssumeRole": {"any-role"},
    "iam-role-with-inline-policies": {"deployer", "inside-reader"},
    "iam-root-account-no-hardware-mfa": ROOT,
    "iam-root-account-no-mfa": ROOT,
    "iam-root-account-with-active-keys": ROOT,
    "iam-user-no-Active-key-rotation": {"carol"},
    "iam-user-with-inline-policies": {"ines"},
    "iam-user-with-multiple-access-keys": {"alice"},
    "iam-user-with-password-and-key": {"alice", "bob"},
    "iam-user-without-mfa": {"bob"},
}


def scan(keystead: Keystead, key: Key) -> dict[str, Any]:
    """What the audit of IAM finds as the owner of the key."""
    folder = keystead.folder / "scoutsuite"
    subprocess.run(
        [
            *(PROGRAMS / "scoutsuite" / ".venv" / "bin" / "scout", "aws", "--services", "iam"),
            *("--no-browser", "--report-dir", folder, "--report-name", "audit"),
        ],
        env=keystead.environment(key),
        cwd=keystead.folder,
        # It does not exit with 0 when anything is missing from the report.
        check=True,
        timeout=240,
    )
    results = folder / "scoutsuite-results" / "scoutsuite_results_audit.js"
    return json.loads(results.read_text().split("\n", 1)[1])["services"]["iam"]


@pytest.mark.timeout(300)
def test_an_audit_finds_what_is_there_and_what_is_wrong_with_it(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    auditor = seed(keystead)
    iam = keystead.client("iam")
    resting = iam.list_access_keys(UserName="bob")["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.update_access_key(UserName="bob", AccessKeyId=resting, Status="Inactive")

    found = scan(keystead, auditor)

    users, groups, roles = (by_name(found[kind]) for kind in ("users", "groups", "roles"))
    assert users.keys() == USERS
    keys = {name: [key["Status"] for key in user["AccessKeys"]] for name, user in users.items()}
    one = ["Active"]
    assert keys == {"alice": one * 2, "auditor": one, "bob": ["Inactive"], "carol": one, "dave": [], "ines": []}
    assert [device["SerialNumber"].rpartition("/")[2] for device in users["alice"]["MFADevices"]] == ["alice"]
    assert {name for name, user in users.items() if "LoginProfile" in user} == {"alice", "bob"}
    assert PASSWORD_POLICY.items() - found["password_policy"].items() == {("PasswordReusePrevention", 5)}
    assert found["password_policy"]["PreviousPasswordPrevented"] == 5

    names = {user["id"]: name for name, user in users.items()}
    assert {name: {names[user] for user in group["users"]} for name, group in groups.items()} == GROUPS
    policies = found["policies"]
    assert {policy["name"] for policy in policies.values() if policy["management"] == "Customer"} == ATTACHED
    attached = {name: role.get("policies", []) for name, role in roles.items()}
    assert {name: sorted(policies[one]["name"] for one in held) for name, held in attached.items()} == ROLES
    ((_, inline),) = groups["builders"]["inline_policies"].items()
    assert (inline["name"], inline["PolicyDocument"]["Statement"][0]["Action"]) == ("inline-anything", ["*"])

    rows = {row["user"]: row for row in found["credential_reports"].values()}
    assert rows.keys() == USERS | ROOT
    assert {name for name, row in rows.items() if row["mfa_active"] == "true"} == {"alice"}
    assert {name for name, row in rows.items() if row["password_enabled"] == "true"} == {"alice", "bob"}
    faults = {rule: at_fault(found, finding["items"]) for rule, finding in found["findings"].items()}
    assert {rule: names for rule, names in faults.items() if names} == FAULTS


def by_name(by_id: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one for one in by_id.values()}


def at_fault(found: dict[str, Any], items: list[str]) -> set[str]:
    """The names of what stands at the places that a rule points to."""
    return {found[kind][id]["name"] for _, kind, id, *_ in (item.split(".") for item in items)}
