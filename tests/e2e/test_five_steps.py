"""Credentials replaced by hand, in the five steps AWS's guide gives, with each of AWS's clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from harness.clients import CLIENTS, Client, Refused
from harness.keystead import Key, Keystead

Connect = Callable[[Key], Client]


@pytest.fixture(params=CLIENTS)
def connect(request: pytest.FixtureRequest, keystead: Keystead) -> Iterator[Connect]:
    """Opens a client that acts for the key given."""
    with ExitStack() as opened:
        yield lambda key: opened.enter_context(closing(CLIENTS[request.param](keystead, key)))


def is_refused(application: Client) -> bool:
    """Whether the application's key is no longer taken."""
    try:
        application.call("GetCallerIdentity")
    except Refused as error:
        return error.code == "InvalidClientTokenId"
    return False


def test_a_key_is_replaced_while_the_application_works(
    connect: Connect, keystead: Keystead, user_name: str
) -> None:
    arn = f"arn:aws:iam::{keystead.account_id}:user/{user_name}"
    first = keystead.create_user(user_name)
    administrator = connect(keystead.root)
    old_application = connect(first)

    def statuses() -> dict[str, str]:
        keys = administrator.call("ListAccessKeys", UserName=user_name)["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in keys}

    def set_status(key: Key, status: str) -> None:
        administrator.call("UpdateAccessKey", UserName=user_name, AccessKeyId=key.id, Status=status)

    # 1. A second key, while the first is still active.
    made = administrator.call("CreateAccessKey", UserName=user_name)["AccessKey"]
    second = Key(made["AccessKeyId"], made["SecretAccessKey"])
    assert statuses() == {first.id: "Active", second.id: "Active"}
    with pytest.raises(Refused) as third:
        administrator.call("CreateAccessKey", UserName=user_name)
    assert (third.value.code, third.value.message) == (
        *("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"),
    )

    # 2. The application is given the second key.
    assert old_application.call("GetCallerIdentity")["Arn"] == arn
    application = connect(second)
    assert application.call("GetCallerIdentity")["Arn"] == arn

    # 3. The first key is made inactive.
    set_status(first, "Inactive")
    assert statuses() == {first.id: "Inactive", second.id: "Active"}

    # 4. The application works on the second alone; until the end there is a way back.
    assert application.call("GetCallerIdentity")["Arn"] == arn
    assert is_refused(old_application)
    set_status(first, "Active")
    assert old_application.call("GetCallerIdentity")["Arn"] == arn
    set_status(first, "Inactive")

    # 5. The first key is deleted.
    administrator.call("DeleteAccessKey", UserName=user_name, AccessKeyId=first.id)
    assert statuses() == {second.id: "Active"}
    assert application.call("GetCallerIdentity")["Arn"] == arn
    assert is_refused(old_application)
