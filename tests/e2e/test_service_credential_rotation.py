"""A password for a service is replaced under a consumer that fetches it, and a person answers for what cannot be seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness.keystead import CommandFailed, Keystead
from harness.process import wait_until

USER = "orders-app"
SERVICE = "codecommit.amazonaws.com"
CREDENTIAL = "orders-git"
CREATE = ("managed", "create", CREDENTIAL, "--user-name", USER, "--kind", "service-credential")
ENDS = {"done", "rolled back"}


@pytest.fixture
def keystead(new_keystead: Any) -> Keystead:
    keystead: Keystead = new_keystead()
    keystead.start()
    keystead.client("iam").create_user(UserName=USER)
    return keystead


def listed(keystead: Keystead, service: str = SERVICE) -> dict[str, str]:
    """The credentials of the user for a service, as IAM lists them, and how each stands."""
    reply = keystead.client("iam").list_service_specific_credentials(UserName=USER, ServiceName=service)
    found = reply["ServiceSpecificCredentials"]
    return {one["ServiceSpecificCredentialId"]: one["Status"] for one in found}


def enroll(keystead: Keystead, token: Path) -> None:
    kind = ("--kind", "credential-process")
    keystead.command("consumer", "enroll", CREDENTIAL, "builder", *kind, "--token-file", str(token))


def fetch(keystead: Keystead, token: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(keystead.text("credential-process", "--token-file", str(token)))
    return found


@pytest.mark.timeout(400)
def test_a_password_for_a_service_is_rotated_and_a_person_says_that_nobody_else_needs_it(
    keystead: Keystead, tmp_path: Path
) -> None:
    iam, token = keystead.client("iam"), tmp_path / "token"
    made = keystead.command(*CREATE, "--service", SERVICE, "--profile", "demo")
    assert made["kind"] == "service_credential" and "password" not in str(made).lower()
    (old,) = listed(keystead)
    assert made["access_key_id"] == old
    # Another service's, which is nobody's business here.
    iam.create_service_specific_credential(UserName=USER, ServiceName="cassandra.amazonaws.com")
    enroll(keystead, token)
    before = fetch(keystead, token)
    assert before["ServiceSpecificCredentialId"] == old
    assert before["ServiceUserName"].startswith(f"{USER}-at-") and len(before["ServicePassword"]) == 44

    rotation_id = keystead.command("rotate", "start", CREDENTIAL)["rotation_id"]

    def rotation() -> Any:
        return keystead.command("rotate", "status", rotation_id)

    wait_until(lambda: rotation()["state"] == "proving", 120, "both can be used")
    assert "cannot be seen here" in rotation()["sentence"]
    during = fetch(keystead, token)
    assert (during["ServiceSpecificCredentialId"] == old, during == before) == (False, False)
    assert listed(keystead) == {old: "Active", during["ServiceSpecificCredentialId"]: "Active"}

    wait_until(lambda: rotation()["state"] == "blocked", 200, "the leases are over, and a person is asked")
    assert "cannot be seen here" in rotation()["sentence"]
    assert listed(keystead)[old] == "Active"
    keystead.command("rotate", "approve", rotation_id)
    wait_until(lambda: listed(keystead).get(old) != "Active", 60, "the old one is inactive")
    wait_until(lambda: rotation()["state"] in ENDS, 200, "the rotation ends")
    assert rotation()["state"] == "done", rotation()

    after = fetch(keystead, token)
    assert listed(keystead) == {after["ServiceSpecificCredentialId"]: "Active"}
    assert after["ServicePassword"] == during["ServicePassword"] != before["ServicePassword"]
    assert after["ServiceUserName"] == during["ServiceUserName"]
    assert len(listed(keystead, "cassandra.amazonaws.com")) == 1
    receipt = str(keystead.command("rotate", "receipt", rotation_id))
    assert old in receipt and "approve" in receipt
    assert all(one["ServicePassword"] not in receipt for one in (before, after))


@pytest.mark.parametrize("service", [SERVICE, "bedrock.amazonaws.com"])
def test_a_credential_is_adopted_by_who_knows_its_password(
    keystead: Keystead, tmp_path: Path, service: str
) -> None:
    iam, token = keystead.client("iam"), tmp_path / "token"
    made = iam.create_service_specific_credential(UserName=USER, ServiceName=service)["ServiceSpecificCredential"]
    secret = made.get("ServicePassword") or made["ServiceCredentialSecret"]
    adopt = ["managed", "adopt", CREDENTIAL, "--user-name", USER, "--service-credential-id"]
    with pytest.raises(CommandFailed, match="is not that of ACCA"):
        keystead.command(*adopt, made["ServiceSpecificCredentialId"], stdin="another")
    with pytest.raises(CommandFailed, match="NoSuchEntity"):
        keystead.command(*adopt, "ACCA" + 16 * "A", stdin=secret)
    keystead.command(*adopt, made["ServiceSpecificCredentialId"], stdin=secret)
    with pytest.raises(CommandFailed, match="user names and passwords"):
        keystead.command("consumer", "enroll", CREDENTIAL, "web", "--kind", "imds")
    enroll(keystead, token)
    assert fetch(keystead, token)["ServicePassword"] == secret
    with pytest.raises(CommandFailed, match="No such service ec2.amazonaws.com"):
        keystead.command(*CREATE[:2], "other", *CREATE[3:], "--service", "ec2.amazonaws.com")
