"""Prowler, unmodified: each of its checks of IAM passes and fails exactly what is well and ill in the account."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from harness.audited import MANAGED, seed
from harness.clients import PROGRAMS
from harness.keystead import Key, Keystead
from harness.signing import sign
from harness.verifier import ask

PROGRAM = PROGRAMS / "prowler" / ".venv" / "bin" / "prowler"
MODELS = "models.example.com"

USERS = {"alice", "auditor", "bob", "carol", "dave", "ines"}
EVERYONE = USERS | {"<root_account>"}
GROUPS = {"admins", "auditors", "builders", "visitors"}
# Those that a service takes on are looked at by other checks.
ROLES = {"deployer", "inside-reader", "open-door", "operator", "outside-reader"}
DEPUTIES = {"any-deputy", "own-deputy"}
ATTACHED = MANAGED.keys() - {"unused-anything"}
INLINE = {
    "builders/inline-anything",
    "deployer/inline-keys",
    "deployer/inline-trails",
    "ines/inline-promotion",
    "inside-reader/inline-tidy",
}
# All that may use the services of models; ines has. ReadOnlyAccess grants them, but not as Keystead ships it.
MODELLERS = {"alice", "auditor", "bob", "carol", "ines"}
MODELLER_ROLES = {"inside-reader", "operator", "own-deputy"}
ROOT = {"<root_account>"}
ACCOUNT = {"the account"}

# Each check: what it looks at, and what of it is at fault.
CHECKS: dict[str, tuple[set[str], set[str]]] = {
    "iam_administrator_access_with_mfa": (GROUPS, {"admins"}),
    "iam_avoid_root_usage": (ROOT, ROOT),
    "iam_aws_attached_policy_no_administrative_privileges": (
        {"AdministratorAccess", "ReadOnlyAccess", "SecurityAudit"},
        {"AdministratorAccess"},
    ),
    "iam_check_saml_providers_sts": (ACCOUNT, ACCOUNT),
    "iam_customer_attached_policy_no_administrative_privileges": (ATTACHED, {"anything"}),
    "iam_customer_unattached_policy_no_administrative_privileges": ({"unused-anything"}, {"unused-anything"}),
    "iam_group_administrator_access_policy": (GROUPS, {"admins"}),
    "iam_inline_policy_allows_privilege_escalation": (
        INLINE,
        {"builders/inline-anything", "ines/inline-promotion"},
    ),
    "iam_inline_policy_no_administrative_privileges": (INLINE, {"builders/inline-anything"}),
    "iam_inline_policy_no_full_access_to_cloudtrail": (
        INLINE,
        {"builders/inline-anything", "deployer/inline-trails"},
    ),
    "iam_inline_policy_no_full_access_to_kms": (INLINE, {"builders/inline-anything", "deployer/inline-keys"}),
    "iam_inline_policy_no_wildcard_marketplace_subscribe": (INLINE, {"builders/inline-anything"}),
    "iam_no_custom_policy_permissive_role_assumption": (ATTACHED, {"any-role", "anything"}),
    "iam_no_expired_server_certificates_stored": ({"old-shop", "shop"}, {"old-shop"}),
    "iam_no_root_access_key": (ROOT, ROOT),
    "iam_password_policy_expires_passwords_within_90_days_or_less": (ACCOUNT, set()),
    "iam_password_policy_lowercase": (ACCOUNT, ACCOUNT),
    "iam_password_policy_minimum_length_14": (ACCOUNT, set()),
    "iam_password_policy_number": (ACCOUNT, ACCOUNT),
    "iam_password_policy_reuse_24": (ACCOUNT, ACCOUNT),
    "iam_password_policy_symbol": (ACCOUNT, set()),
    "iam_password_policy_uppercase": (ACCOUNT, set()),
    "iam_policy_allows_privilege_escalation": (ATTACHED, {"anything", "self-promotion"}),
    "iam_policy_attached_only_to_group_or_roles": (
        USERS - {"carol", "ines"} | {"carol/AdministratorAccess", "ines/inline-promotion"},
        {"carol/AdministratorAccess", "ines/inline-promotion"},
    ),
    "iam_policy_cloudshell_admin_not_attached": (ACCOUNT, set()),
    "iam_policy_no_agentcore_workload_access_token_wildcard": (ATTACHED, set()),
    "iam_policy_no_full_access_to_cloudtrail": (ATTACHED, {"anything", "keys-and-trails"}),
    "iam_policy_no_full_access_to_kms": (ATTACHED, {"anything", "keys-and-trails"}),
    "iam_policy_no_wildcard_marketplace_subscribe": (ATTACHED, {"anything"}),
    "iam_policy_passrole_to_bedrock_agentcore_restricted": (ATTACHED, set()),
    "iam_role_access_not_stale_to_bedrock": (MODELLER_ROLES, MODELLER_ROLES),
    "iam_role_administratoraccess_policy": (ROLES, {"operator"}),
    "iam_role_cross_account_readonlyaccess_policy": (ROLES, {"outside-reader"}),
    "iam_role_cross_service_confused_deputy_prevention": (DEPUTIES, {"any-deputy"}),
    "iam_role_service_trust_restricts_source_to_account": ({"own-deputy"}, set()),
    "iam_root_hardware_mfa_enabled": (ROOT, ROOT),
    "iam_root_mfa_enabled": (ROOT, ROOT),
    "iam_rotate_access_key_90_days": (
        EVERYONE - {"carol"} | {"carol-access-key-1"},
        {"carol-access-key-1"},
    ),
    "iam_securityaudit_role_created": ({"SecurityAudit"}, set()),
    # AWSSupportAccess is not among the policies that Keystead ships.
    "iam_support_role_created": (ACCOUNT, ACCOUNT),
    "iam_user_access_not_stale_to_bedrock": (MODELLERS, MODELLERS - {"ines"}),
    "iam_user_access_not_stale_to_sagemaker": (MODELLERS, MODELLERS),
    "iam_user_accesskey_unused": (EVERYONE - {"carol"} | {"carol/AccessKey1"}, {"carol/AccessKey1"}),
    "iam_user_administrator_access_policy": (USERS, {"carol"}),
    "iam_user_console_access_unused": (USERS, set()),
    "iam_user_hardware_mfa_enabled": (USERS, USERS),
    "iam_user_mfa_enabled_console_access": (USERS, {"bob"}),
    "iam_user_no_setup_initial_access_key": (EVERYONE, {"bob"}),
    "iam_user_two_active_access_key": (EVERYONE, {"alice"}),
    "iam_user_with_temporary_credentials": (USERS, USERS - {"dave"}),
}
# The checks that look at nothing here, and what they would need.
IDLE = {"iam_root_credentials_management_enabled": "an organization"}
# What goes wrong during the scan: calls to services that Keystead is not, and policies that it does not ship.
REFUSED = r"when calling the (DescribeRegions|DescribeOrganization) |AWSSupportAccess|AWSCloudShellFullAccess"


@dataclass(frozen=True)
class Report:
    """What a scan said."""

    findings: list[dict[str, Any]]
    screen: str
    errors: str


def scan(keystead: Keystead, key: Key) -> Report:
    """Runs every check of IAM as the owner of the key."""
    done = subprocess.run(
        [
            *(PROGRAM, "aws", "--service", "iam", "--no-banner", "--no-color", "--log-level", "ERROR"),
            *("--output-directory", keystead.folder, "--output-filename", "scan", "--output-modes", "json-ocsf"),
            "--ignore-exit-code-3",
        ],
        env=keystead.environment(key),
        cwd=keystead.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return Report(json.loads((keystead.folder / "scan.ocsf.json").read_text()), done.stdout, done.stderr)


def use_models(keystead: Keystead, user: str) -> None:
    """Has a user seen at bedrock, by the service that answers for it there and for sagemaker."""
    made = keystead.client("iam").create_access_key(UserName=user)["AccessKey"]
    key = Key(made["AccessKeyId"], made["SecretAccessKey"])
    services = ("--service", "bedrock", "--service", "sagemaker")
    token = keystead.command("verifier", "create", "models", *services, "--host", MODELS)["token"]
    assert ask(keystead, token, sign(key, "bedrock", keystead.port, host=MODELS))[0] == 200


@pytest.mark.timeout(600)
def test_every_check_passes_and_fails_exactly_what_it_should(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    auditor = seed(keystead)
    use_models(keystead, "ines")

    report = scan(keystead, auditor)

    assert f"Executing {len(CHECKS) + len(IDLE)} checks" in report.screen
    errors = [line for line in report.errors.splitlines() if " ERROR: " in line or " CRITICAL: " in line]
    assert [line for line in errors if not re.search(REFUSED, line)] == []
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"PASS": [], "FAIL": []})
    for finding in report.findings:
        subject = subject_of(finding["resources"][0], keystead.account_id)
        found[finding["metadata"]["event_code"]][finding["status_code"]].append(subject)
    assert found.keys() == CHECKS.keys()
    for check, (subjects, at_fault) in CHECKS.items():
        expected = {"PASS": sorted(subjects - at_fault), "FAIL": sorted(at_fault)}
        assert {status: sorted(names) for status, names in found[check].items()} == expected, check


def subject_of(resource: dict[str, Any], account_id: str) -> str:
    """What a finding is about, by its name; certificates are named by their ids."""
    if ":server-certificate/" in resource["uid"]:
        return resource["uid"].rpartition("/")[2]
    return "the account" if resource["name"] == account_id else resource["name"]
