"""Connecting accounts at a cloud: the proof, and seed 001's messages each in its case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.keystead import CommandFailed, Key, Keystead
from harness.moto import CloudUser, Moto


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    """A cloud whose users' keys have to be right."""
    moto = Moto(tmp_path_factory.mktemp("cloud"))
    yield moto
    moto.close()


@pytest.fixture(scope="module")
def users(cloud: Moto) -> dict[str, CloudUser]:
    """Users of the cloud, of two accounts."""
    other = cloud.other_account("444455556666")
    users = {
        "keystead": cloud.user("keystead"),
        "powerless": cloud.user("powerless", policy=None),
        "elsewhere": cloud.user("elsewhere", key=other, number="444455556666"),
    }
    cloud.enforce()
    return users


@pytest.fixture(scope="module")
def installation(
    cloud: Moto, users: dict[str, CloudUser], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Keystead]:
    """An installation whose operator has registered the cloud, with a second tenant."""
    keystead = Keystead(tmp_path_factory.mktemp("custodian"))
    keystead.init()
    keystead.command(
        *("admin", "endpoint", "add", "lab", *keystead.location),
        *("--endpoint-url", cloud.url, "--names-owners"),
    )
    keystead.start()
    yield keystead
    keystead.close()


def connect(keystead: Keystead, user: CloudUser, *arguments: str, key: Key | None = None) -> dict:
    return keystead.command(
        *("cloud", "connect", "--endpoint", "lab", "--access-key-id", user.key.id, *arguments),
        stdin=user.key.secret,
        key=key,
    )


def refused(keystead: Keystead, user: CloudUser, *arguments: str, key: Key | None = None) -> str:
    with pytest.raises(CommandFailed) as failure:
        connect(keystead, user, *arguments, key=key)
    assert user.key.secret not in failure.value.stderr
    return failure.value.stderr


def test_an_account_is_connected_by_a_key_that_proves_its_number(
    installation: Keystead, users: dict[str, CloudUser]
) -> None:
    foreign = refused(installation, users["elsewhere"], "--account-number", "1234-5678-9012")
    assert "Your AWS account number does not correspond to the AWS access key ID." in foreign
    wrong = CloudUser("123456789012", "keystead", Key(users["keystead"].key.id, "x" * 40))
    for user in [wrong, users["powerless"]]:
        told = refused(installation, user, "--account-number", "1234-5678-9012")
        assert "AWS account number can't be verified with these credentials." in told
        assert "every region has a security group" in told
    assert installation.command("cloud", "list")["cloud_accounts"] == []
    made = connect(installation, users["keystead"], "--account-number", "1234-5678-9012")
    assert made["account_number"] == "123456789012"
    assert made["principal_arn"] == "arn:aws:iam::123456789012:user/keystead"
    assert made["warnings"] == []
    shown = installation.command("cloud", "show", "lab")
    assert shown["cloud_account_id"] == made["cloud_account_id"]
    assert users["keystead"].key.secret not in json.dumps(installation.command("cloud", "list"))
