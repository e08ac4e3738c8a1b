"""What concerns an account as a whole: its alias, summary, credential report and quotas, as AWS's clients see it."""

from __future__ import annotations

import base64
import csv
import io
import stat
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness.keystead import CommandFailed, Key, Keystead

# The columns in AWS's order.
COLUMNS = (
    "user arn user_creation_time password_enabled password_last_used password_last_changed password_next_rotation "
    "mfa_active access_key_1_active access_key_1_last_rotated access_key_1_last_used_date "
    "access_key_1_last_used_region access_key_1_last_used_service access_key_2_active access_key_2_last_rotated "
    "access_key_2_last_used_date access_key_2_last_used_region access_key_2_last_used_service cert_1_active "
    "cert_1_last_rotated cert_2_active cert_2_last_rotated"
).split()


def generate(keystead: Keystead, seconds_max: float = 10) -> None:
    """Asks for the report by the aws CLI until it is complete."""
    deadline = time.monotonic() + seconds_max
    while keystead.aws("iam", "generate-credential-report")["State"] != "COMPLETE":
        assert time.monotonic() < deadline, "the report takes too long"


def report(keystead: Keystead) -> tuple[list[dict[str, str]], str]:
    """The lines of the report, and when it was made."""
    answer = keystead.aws("iam", "get-credential-report")
    assert answer["ReportFormat"] == "text/csv"
    lines = csv.DictReader(io.StringIO(base64.b64decode(answer["Content"]).decode()))
    assert list(lines.fieldnames or ()) == COLUMNS
    return list(lines), answer["GeneratedTime"]


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    response = error.value.response
    return (
        response["ResponseMetadata"]["HTTPStatusCode"],
        response["Error"]["Code"],
        response["Error"].get("Message", ""),
    )


def test_an_account_has_one_alias(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    other = Key.of_root(keystead.account("create", "--root-email", "other@example.com", "--root-key"))
    keystead.start()

    def aliases(key: Key | None = None) -> list[str]:
        return keystead.aws("iam", "list-account-aliases", key=key)["AccountAliases"]

    assert aliases() == []
    keystead.aws("iam", "create-account-alias", "--account-alias", "blue")
    keystead.aws("iam", "create-account-alias", "--account-alias", "green")
    keystead.aws("iam", "create-account-alias", "--account-alias", "blue", key=other)
    assert (aliases(), aliases(other)) == (["green"], ["blue"])
    iam = keystead.client("iam")
    taken = (409, "EntityAlreadyExists", "The account alias blue already exists.")
    assert refusal(iam.create_account_alias, AccountAlias="blue") == taken
    gone = (404, "NoSuchEntity", "The account alias blue cannot be found.")
    assert refusal(iam.delete_account_alias, AccountAlias="blue") == gone
    keystead.aws("iam", "delete-account-alias", "--account-alias", "green")
    assert aliases() == []


def test_a_report_is_generated_fetched_and_there_after_kill(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    iam = keystead.client("iam")
    # AWS sends no message; botocore says so.
    assert refusal(iam.get_credential_report) == (410, "ReportNotPresent", "")
    used = keystead.create_user("alice", administrator=True)
    keystead.client("iam", used).list_users()
    iam.update_access_key(UserName="alice", AccessKeyId=used.id, Status="Inactive")
    keystead.client("iam").create_access_key(UserName="alice")
    iam.create_user(UserName="bob")
    started = keystead.aws("iam", "generate-credential-report")
    assert started["State"] == "STARTED"
    assert started["Description"] == "No report exists. Starting a new report generation task"
    generate(keystead)
    lines, at = report(keystead)
    root, alice, bob = lines
    assert [line["user"] for line in lines] == ["<root_account>", "alice", "bob"]
    assert root["arn"] == f"arn:aws:iam::{keystead.account_id}:root"
    assert (root["password_enabled"], root["access_key_1_active"]) == ("not_supported", "true")
    assert (alice["access_key_1_active"], alice["access_key_1_last_used_date"]) == ("true", "N/A")
    assert (alice["access_key_2_active"], alice["access_key_2_last_used_service"]) == ("false", "iam")
    assert bob["access_key_1_last_rotated"] == bob["cert_1_last_rotated"] == "N/A"

    file = keystead.data / "reports" / f"{keystead.account_id}.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # What a process that was killed left behind is no report.
    file.with_suffix(".part").write_text("half a li")
    keystead.kill()
    keystead.start()
    assert report(keystead) == (lines, at)
    assert keystead.aws("iam", "generate-credential-report")["State"] == "COMPLETE"


def test_the_summary_and_the_details_are_read_by_clients(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    for name in ("alice", "bob", "carol"):
        keystead.create_user(name, administrator=name != "bob")
    iam = keystead.client("iam")
    summary = iam.get_account_summary()["SummaryMap"]
    assert len(summary) == 34
    assert (summary["Users"], summary["UsersQuota"], summary["AccountAccessKeysPresent"]) == (3, 5000, 1)
    assert keystead.aws("iam", "get-account-summary")["SummaryMap"] == summary

    pages = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2})
    details = pages.build_full_result()
    assert [user["UserName"] for user in details["UserDetailList"]] == ["alice", "bob", "carol"]
    assert [len(user["AttachedManagedPolicies"]) for user in details["UserDetailList"]] == [1, 0, 1]
    assert all(user["GroupList"] == user["Tags"] == [] for user in details["UserDetailList"])
    [policy] = details["Policies"]
    assert policy["AttachmentCount"] == 2
    document = policy["PolicyVersionList"][0]["Document"]
    assert document["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def test_the_operator_sets_quotas_while_the_server_is_stopped(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    account = keystead.account_id

    def quota(verb: str, *arguments: str) -> Any:
        return keystead.command("admin", "quota", verb, *keystead.location, account, *arguments)

    def users() -> int:
        rows = quota("list")["quotas"]
        return next(row["value"] for row in rows if row["name"] == "UsersPerAccount")

    assert quota("set", "UsersPerAccount", "1")["value"] == 1
    assert users() == 1
    keystead.start()
    keystead.create_user("alice")
    refused = refusal(keystead.client("iam").create_user, UserName="bob")
    assert refused == (409, "LimitExceeded", "Cannot exceed quota for UsersPerAccount: 1")
    with pytest.raises(CommandFailed) as error:
        quota("list")
    assert error.value.code == 5
    keystead.stop()
    for arguments, said in (
        (("Users", "7"), "the quotas are UsersPerAccount, "),
        (("UsersPerAccount", "-1"), "UsersPerAccount cannot be -1. Give 0 or more."),
        (("AccessKeysPerUser", "3"), "AccessKeysPerUser is always 2"),
    ):
        with pytest.raises(CommandFailed) as error:
            quota("set", *arguments)
        assert error.value.code == 2
        assert said in error.value.stderr
    assert quota("reset", "UsersPerAccount")["value"] == users() == 5000
    keystead.start()
    assert keystead.client("iam").create_user(UserName="bob")["User"]["UserName"] == "bob"
