"""Passwords and their policy, through unmodified clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness.keystead import CommandFailed, Keystead

SENTENCE = "Password does not conform to the account password policy."
FIRST, SECOND, THIRD = "first-Password-1", "second-Password-2", "third-Password-3"


@pytest.fixture
def own(new_keystead: Callable[[], Keystead]) -> Keystead:
    """An installation of the test's own: a policy is the whole account's."""
    installation = new_keystead()
    installation.start()
    return installation


def refused(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as error:
        call()
    response = error.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, response["Error"]["Code"], response["Error"]["Message"]


def test_a_password_lives_by_the_policy_of_its_account(own: Keystead) -> None:
    iam = own.client("iam")
    unset = f"The Password Policy with domain name {own.account_id} cannot be found."
    assert refused(iam.get_account_password_policy) == (404, "NoSuchEntity", unset)
    own.aws(
        *("iam", "update-account-password-policy", "--minimum-password-length", "12", "--require-numbers"),
        *("--allow-users-to-change-password", "--max-password-age", "90", "--password-reuse-prevention", "2"),
    )
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 12,
        "RequireSymbols": False,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": True,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 2,
    }

    alice = own.client("iam", own.create_user("alice"), attempts=1)
    status, code, message = refused(lambda: iam.create_login_profile(UserName="alice", Password="short"))
    assert (status, code) == (400, "PasswordPolicyViolation")
    assert message == f"{SENTENCE} This one has fewer than 12 characters, and has no digit."
    made = own.aws("iam", "create-login-profile", "--user-name", "alice", "--password", FIRST, "--password-reset-required")
    assert (made["LoginProfile"]["UserName"], made["LoginProfile"]["PasswordResetRequired"]) == ("alice", True)

    alice.change_password(OldPassword=FIRST, NewPassword=SECOND)
    assert iam.get_login_profile(UserName="alice")["LoginProfile"]["PasswordResetRequired"] is False
    for used in (SECOND, FIRST):
        reuse = refused(lambda used=used: alice.change_password(OldPassword=SECOND, NewPassword=used))
        assert reuse == (400, "PasswordPolicyViolation", f"{SENTENCE} This one is one of the last 2 used.")
    alice.change_password(OldPassword=SECOND, NewPassword=THIRD)
    iam.update_login_profile(UserName="alice", Password=FIRST)
    wrong = refused(lambda: alice.change_password(OldPassword=THIRD, NewPassword=SECOND))
    assert wrong == (403, "AccessDenied", "The old password was incorrect.")
    root = refused(lambda: own.client("iam").change_password(OldPassword=FIRST, NewPassword=SECOND))
    assert root[:2] == (400, "InvalidUserType")

    iam.delete_account_password_policy()
    gone = (404, "NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
    assert refused(iam.delete_account_password_policy) == gone
    denied = refused(lambda: alice.change_password(OldPassword=FIRST, NewPassword=SECOND))
    assert denied[:2] == (403, "AccessDenied")


def test_wrong_passwords_are_counted_over_a_restart(own: Keystead) -> None:
    key = own.create_user("alice", administrator=True)
    own.client("iam").create_login_profile(UserName="alice", Password=FIRST)

    def change(old: str) -> tuple[int, str, str]:
        alice = own.client("iam", key, attempts=1)
        return refused(lambda: alice.change_password(OldPassword=old, NewPassword=SECOND))

    for _ in range(5):
        assert change(THIRD)[:2] == (403, "AccessDenied")
    own.kill()
    own.start()
    assert change(FIRST)[:2] == (409, "LimitExceeded")


def test_the_preset_is_set_and_explained_by_the_command_line(own: Keystead) -> None:
    assert own.command("password-policy", "show")["preset"] == "AWS_DEFAULT"
    nist = own.command("password-policy", "preset", "nist")
    assert (nist["preset"], nist["minimum_length"], nist["refuse_guessable"]) == ("NIST", 15, True)
    assert own.command("password-policy", "show") == nist
    iam = own.client("iam")
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 15
    own.create_user("alice")
    guessed = refused(lambda: iam.create_login_profile(UserName="alice", Password="Password-2026-2026"))
    assert guessed[:2] == (400, "PasswordPolicyViolation") and "is common" in guessed[2]
    iam.create_login_profile(UserName="alice", Password="four plain words suffice")
    assert own.command("password-policy", "preset", "aws-default")["preset"] == "AWS_DEFAULT"


def test_the_root_user_changes_its_address_and_password_by_the_command_line(own: Keystead) -> None:
    administrator = own.create_user("alice", administrator=True)
    own.command("root", "password", stdin=f"{FIRST}\n")
    own.command("root", "password", stdin=f"{FIRST}\n{SECOND}\n")
    assert own.client("iam").get_login_profile()["LoginProfile"]["UserName"] == "root"
    moved = own.command("root", "email", "Moved@example.com", "--with-password", stdin=f"{SECOND}\n")
    assert moved == {"account_id": own.account_id, "email": "Moved@example.com"}
    for stdin in (f"{FIRST}\n", ""):
        with pytest.raises(CommandFailed):
            own.command("root", "email", "other@example.com", "--with-password", stdin=stdin)
    with pytest.raises(CommandFailed) as failed:
        own.command("root", "email", "other@example.com", key=administrator)
    assert "IAM users cannot manage credentials for the AWS account." in failed.value.stderr
