"""Accounts: made, listed and closed by whoever runs the machine, while the server is stopped."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from harness.keystead import CommandFailed, Key, Keystead
from harness.signing import sign
from harness.verifier import ask

HOST = "queue.example.com"


def create(keystead: Keystead, e_mail: str) -> tuple[str, Key]:
    """An account and its root user's key."""
    made = keystead.account("create", "--root-email", e_mail, "--name", "staging", "--root-key")
    return made["account_id"], Key.of_root(made)


def code_of(keystead: Keystead, key: Key) -> str:
    """What the key gets for its signature: `ok`, or the error's code."""
    try:
        keystead.client("sts", key, attempts=1).get_caller_identity()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


def test_accounts_are_made_and_listed_and_know_nothing_of_each_other(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    account_id, root = create(keystead, "staging@example.com")
    listed = {one["account_id"]: one for one in keystead.account("list")["accounts"]}
    assert set(listed) == {keystead.account_id, account_id}
    assert listed[account_id]["root_email"] == "staging@example.com"

    keystead.start()
    assert keystead.client("sts", root).get_caller_identity()["Account"] == account_id
    keystead.create_user("only-here")
    assert keystead.client("iam", root).list_users()["Users"] == []
    with pytest.raises(ClientError) as error:
        keystead.client("iam", root).get_user(UserName="only-here")
    assert error.value.response["Error"]["Code"] == "NoSuchEntity"


def test_an_e_mail_address_has_one_account(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    with pytest.raises(CommandFailed) as failure:
        create(keystead, "ROOT@Example.COM")
    assert failure.value.code == 5
    assert len(keystead.account("list")["accounts"]) == 1


def test_every_credential_of_a_closed_account_is_refused(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    account_id, root = create(keystead, "staging@example.com")
    keystead.start()
    iam = keystead.client("iam", root)
    iam.create_user(UserName="someone")
    made = iam.create_access_key(UserName="someone")["AccessKey"]
    user = Key(made["AccessKeyId"], made["SecretAccessKey"])
    verifier = ("verifier", "create", "v", "--service", "sqs", "--host", HOST)
    token = keystead.command(*verifier, key=root)["token"]
    adopt = ("managed", "adopt", "c", "--user-name", "someone", "--access-key-id", user.id)
    keystead.command(*adopt, key=root, stdin=user.secret)
    enroll = ("consumer", "enroll", "c", "app", "--kind", "credential-process")
    consumer = keystead.command(*enroll, key=root)["token"]
    question = sign(user, "sqs", keystead.port, b"{}", host=HOST)

    def answers() -> list[object]:
        return [
            code_of(keystead, root),
            code_of(keystead, user),
            ask(keystead, token, question)[0],
            fetched(keystead, consumer),
        ]

    assert answers() == ["ok", "ok", 200, 200]
    keystead.stop()
    keystead.account("close", account_id)
    keystead.start()
    assert answers() == ["InvalidClientTokenId", "InvalidClientTokenId", 403, 403]
    assert code_of(keystead, keystead.root) == "ok"
    keystead.stop()
    status = {one["account_id"]: one["status"] for one in keystead.account("list")["accounts"]}
    assert status[account_id] != status[keystead.account_id]


def test_the_operator_is_told_to_stop_the_server_first(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    assert keystead.server is not None
    with pytest.raises(CommandFailed) as failure:
        keystead.account("list")
    assert failure.value.code == 5
    assert str(keystead.server.pid) in failure.value.stderr


def fetched(keystead: Keystead, token: str) -> int:
    """The status a consumer gets when it fetches its credential."""
    url = f"{keystead.url}/api/v1/consumer/credential"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status
    except urllib.error.HTTPError as refusal:
        return refusal.code
