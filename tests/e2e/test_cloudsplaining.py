"""Cloudsplaining, unmodified: what it downloads of an account and finds in it is what was put there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from harness.audited import MANAGED, seed
from harness.clients import PROGRAMS
from harness.keystead import Key, Keystead

PROGRAM = PROGRAMS / "cloudsplaining" / ".venv" / "bin" / "cloudsplaining"
INLINE = {"inline-anything", "inline-keys", "inline-promotion", "inline-tidy", "inline-trails"}
EVERYTHING = {"anything", "inline-anything"}
# Each risk, and the policies that bear it; the others do not.
RISKS = {
    "PrivilegeEscalation": EVERYTHING | {"self-promotion", "inline-promotion"},
    "DataExfiltration": EVERYTHING | {"read-secrets"},
    "ResourceExposure": EVERYTHING
    | {"share-snapshots", "self-promotion", "inline-promotion", "keys-and-trails", "inline-keys"},
    "ServiceWildcard": EVERYTHING | {"keys-and-trails", "inline-keys", "inline-trails"},
    "CredentialsExposure": EVERYTHING | {"any-role"},
}
ROLES = {"any-deputy", "deployer", "inside-reader", "open-door", "operator", "outside-reader", "own-deputy"}
DOORS = {
    "AssumableByComputeServices": {"any-deputy", "own-deputy"},
    "AssumableByCrossAccountPrincipal": {"outside-reader"},
    "AssumableByAnyPrincipal": {"open-door"},
    "AssumableByAnyPrincipalWithConditions": set(),
}



def scan(keystead: Keystead, key: Key) -> dict[str, Any]:
    """Downloads the account as the owner of the key, and scans it; what was found."""
    for arguments in (
        ("download",),
        ("scan", "--input-file", "default.json", "--skip-open-report", "--flag-trust-policies"),
    ):
        subprocess.run(
            [PROGRAM, *arguments],
            env=keystead.environment(key),
            cwd=keystead.folder,
            check=True,
            timeout=240,
        )
    return json.loads((keystead.folder / "iam-results-default.json").read_text())


@pytest.mark.timeout(300)
def test_a_scan_finds_the_risks_of_exactly_the_policies_and_roles_that_bear_them(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    found = scan(keystead, seed(keystead))

    assert named(found["aws_managed_policies"]).keys() == {"ReadOnlyAccess", "SecurityAudit"}
    policies = named(found["customer_managed_policies"]) | named(found["inline_policies"])
    assert policies.keys() == MANAGED.keys() - {"unused-anything"} | INLINE
    for risk, bearers in RISKS.items():
        assert {name for name, policy in policies.items() if policy[risk]["findings"]} == bearers, risk
    ways_up = policies["self-promotion"]["PrivilegeEscalation"]["findings"]
    assert {way["type"] for way in ways_up} == {"CreateNewPolicyVersion", "AttachUserPolicy"}
    leaks = policies["read-secrets"]["DataExfiltration"]["findings"]
    assert set(leaks) == {"s3:GetObject", "secretsmanager:GetSecretValue"}

    roles = named(found["roles"])
    assert roles.keys() == ROLES
    for door, open_ones in DOORS.items():
        assert {name for name, role in roles.items() if role[door]["findings"]} == open_ones, door

    users = named(found["users"])
    assert {name: sorted(named(user["groups"])) for name, user in users.items()} == {
        "alice": ["admins"],
        "auditor": ["auditors"],
        "bob": ["admins"],
        "carol": [],
        "dave": [],
        "ines": ["builders"],
    }
    builders = named(found["groups"])["builders"]
    assert list(builders["customer_managed_policies"].values()) == ["self-promotion"]
    assert list(builders["inline_policies"].values()) == ["inline-anything"]
    assert policies["inline-promotion"]["AttachedTo"] == {"roles": [], "groups": [], "users": ["ines"]}


def named(by_id: dict[str, Any]) -> dict[str, Any]:
    """Things by their names."""
    return {one.get("PolicyName") or one["name"]: one for one in by_id.values()}
