"""A request seen on the wire and sent again."""

from __future__ import annotations

from harness.keystead import Keystead
from harness.signing import form, send, sign


def test_a_repeated_create_user_has_one_effect_and_the_same_answer(keystead: Keystead, user_name: str) -> None:
    request = sign(keystead.root, "iam", keystead.port, form("CreateUser", UserName=user_name))
    replies = [send(keystead.port, request) for _ in range(5)]
    assert [reply.status for reply in replies] == [200] * 5
    assert len({_user_id(reply.body) for reply in replies}) == 1


def test_a_repeated_create_access_key_makes_one_key_and_never_shows_the_secret_again(
    keystead: Keystead, user_name: str
) -> None:
    iam = keystead.client("iam")
    iam.create_user(UserName=user_name)
    request = sign(keystead.root, "iam", keystead.port, form("CreateAccessKey", UserName=user_name))
    first, *others = [send(keystead.port, request) for _ in range(5)]
    assert first.status == 200
    assert b"SecretAccessKey" in first.body
    for reply in others:
        assert b"SecretAccessKey" not in reply.body
        assert 400 <= reply.status < 500
    assert len(iam.list_access_keys(UserName=user_name)["AccessKeyMetadata"]) == 1


def test_a_repeated_delete_after_a_new_creation_deletes_nothing(keystead: Keystead, user_name: str) -> None:
    iam = keystead.client("iam")
    iam.create_user(UserName=user_name)
    delete = sign(keystead.root, "iam", keystead.port, form("DeleteUser", UserName=user_name))
    assert send(keystead.port, delete).status == 200
    # Another path, so that this is not itself a repetition.
    iam.create_user(UserName=user_name, Path="/again/")
    send(keystead.port, delete)
    assert iam.get_user(UserName=user_name)["User"]["Path"] == "/again/"


def test_a_replay_is_recognised_after_a_restart(new_keystead, user_name: str) -> None:
    keystead: Keystead = new_keystead()
    keystead.start()
    keystead.client("iam").create_user(UserName=user_name)
    request = sign(keystead.root, "iam", keystead.port, form("CreateAccessKey", UserName=user_name))
    assert send(keystead.port, request).status == 200
    keystead.kill()
    keystead.start()
    assert b"SecretAccessKey" not in send(keystead.port, request).body
    assert len(keystead.client("iam").list_access_keys(UserName=user_name)["AccessKeyMetadata"]) == 1


def test_the_same_call_again_within_a_second_is_signed_anew_by_the_sdk_and_has_its_effect(
    keystead: Keystead, user_name: str
) -> None:
    iam = keystead.client("iam")
    iam.create_user(UserName=user_name)
    made = {iam.create_access_key(UserName=user_name)["AccessKey"]["AccessKeyId"] for _ in range(2)}
    assert len(made) == 2


def test_a_repetition_under_another_invocation_id_is_asked_to_come_back(
    keystead: Keystead, user_name: str
) -> None:
    request = sign(keystead.root, "iam", keystead.port, form("CreateUser", UserName=user_name))
    first = send(keystead.port, request.with_header("amz-sdk-invocation-id", "one"))
    assert first.status == 200
    # The SDK's own retry gets the answer that it missed, another call is to sign anew.
    retry = send(keystead.port, request.with_header("amz-sdk-invocation-id", "one"))
    assert (retry.status, _user_id(retry.body)) == (200, _user_id(first.body))
    other = send(keystead.port, request.with_header("amz-sdk-invocation-id", "two"))
    assert (other.status, other.error_code) == (400, "Throttling")
    assert other.headers["x-amz-retry-after"] == "1000"


def _user_id(body: bytes) -> bytes:
    return body.split(b"<UserId>")[1].split(b"</UserId>")[0]
