"""Unmodified AWS clients, aimed at Keystead by AWS_ENDPOINT_URL alone."""

from __future__ import annotations

import urllib.request

import pytest
from botocore.exceptions import ClientError
from harness.clients import CLIENTS
from harness.keystead import ADMINISTRATOR_ACCESS, Key, Keystead


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


@pytest.mark.parametrize("name", ["aws-cli-1", "boto3"])
def test_a_key_is_created_listed_switched_off_and_deleted(
    keystead: Keystead, user_name: str, name: str
) -> None:
    client = CLIENTS[name](keystead, keystead.root)
    user = client.call("CreateUser", UserName=user_name)["User"]
    assert user["UserName"] == user_name
    assert user["Arn"] == f"arn:aws:iam::{keystead.account_id}:user/{user_name}"
    assert user["UserId"].startswith("AIDA")

    made = client.call("CreateAccessKey", UserName=user_name)["AccessKey"]
    key_id = made["AccessKeyId"]
    assert key_id.startswith("AKIA") and len(key_id) == 20
    assert made["Status"] == "Active"

    def listed() -> list[tuple[str, str]]:
        keys = client.call("ListAccessKeys", UserName=user_name)["AccessKeyMetadata"]
        return [(key["AccessKeyId"], key["Status"]) for key in keys]

    assert listed() == [(key_id, "Active")]
    last_used = client.call("GetAccessKeyLastUsed", AccessKeyId=key_id)
    assert last_used["UserName"] == user_name
    assert (last_used["AccessKeyLastUsed"]["ServiceName"], last_used["AccessKeyLastUsed"]["Region"]) == (
        "N/A",
        "N/A",
    )

    client.call("UpdateAccessKey", UserName=user_name, AccessKeyId=key_id, Status="Inactive")
    assert listed() == [(key_id, "Inactive")]
    client.call("DeleteAccessKey", UserName=user_name, AccessKeyId=key_id)
    assert listed() == []
    client.call("DeleteUser", UserName=user_name)


def test_a_caller_learns_who_it_is(keystead: Keystead, user_name: str) -> None:
    key = keystead.create_user(user_name)
    identity = keystead.aws("sts", "get-caller-identity", key=key)
    assert identity["Account"] == keystead.account_id
    assert identity["Arn"] == f"arn:aws:iam::{keystead.account_id}:user/{user_name}"
    assert keystead.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{keystead.account_id}:root"


def test_the_last_use_of_a_key_names_service_and_region(keystead: Keystead, user_name: str) -> None:
    key = keystead.create_user(user_name)
    keystead.client("sts", key).get_caller_identity()
    used = keystead.client("iam").get_access_key_last_used(AccessKeyId=key.id)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", "us-east-1")
    assert "LastUsedDate" in used


def test_the_third_key_of_a_user_is_refused_in_the_words_of_aws(keystead: Keystead, user_name: str) -> None:
    keystead.create_user(user_name)
    iam = keystead.client("iam")
    iam.create_access_key(UserName=user_name)
    with pytest.raises(ClientError) as error:
        iam.create_access_key(UserName=user_name)
    assert refused(error) == (409, "LimitExceeded")
    assert error.value.response["Error"]["Message"] == "Cannot exceed quota for AccessKeysPerUser: 2"


def test_a_key_switched_off_is_refused_on_the_very_next_request(keystead: Keystead, user_name: str) -> None:
    key = keystead.create_user(user_name)
    sts = keystead.client("sts", key, attempts=1)
    sts.get_caller_identity()
    iam = keystead.client("iam")
    iam.update_access_key(UserName=user_name, AccessKeyId=key.id, Status="Inactive")
    with pytest.raises(ClientError) as error:
        sts.get_caller_identity()
    assert refused(error) == (403, "InvalidClientTokenId")

    iam.update_access_key(UserName=user_name, AccessKeyId=key.id, Status="Active")
    sts.get_caller_identity()


def test_a_policy_is_in_force_from_the_very_next_request(keystead: Keystead, user_name: str) -> None:
    key = keystead.create_user(user_name)
    root = keystead.client("iam")
    user = keystead.client("iam", key, attempts=1)
    with pytest.raises(ClientError) as error:
        user.list_users()
    assert refused(error) == (403, "AccessDenied")

    root.attach_user_policy(UserName=user_name, PolicyArn=ADMINISTRATOR_ACCESS)
    assert user_name in [found["UserName"] for found in user.list_users()["Users"]]

    root.detach_user_policy(UserName=user_name, PolicyArn=ADMINISTRATOR_ACCESS)
    with pytest.raises(ClientError) as error:
        user.list_users()
    assert refused(error) == (403, "AccessDenied")


def test_an_operation_without_an_implementation_is_an_invalid_action(keystead: Keystead) -> None:
    with pytest.raises(ClientError) as error:
        keystead.client("sts").get_delegated_access_token(TradeInToken="token")
    assert refused(error) == (400, "InvalidAction")


def test_a_presigned_get_caller_identity_is_answered_and_a_bent_one_is_not(
    keystead: Keystead, user_name: str
) -> None:
    key: Key = keystead.create_user(user_name)
    url = keystead.client("sts", key).generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url) as reply:
        assert f"user/{user_name}</Arn>".encode() in reply.read()
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))
    assert error.value.code == 403
