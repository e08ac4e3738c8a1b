"""Another Keystead as the cloud: connect and change work against its authority, and a role is assumed with an external id
that no tenant chooses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from harness.keystead import ADMINISTRATOR_ACCESS, CommandFailed, Key, Keystead
from harness.signing import send, sign

PASSWORD = "correct horse battery staple 1A!"


@dataclass
class Two:
    """The custodian, two tenants of it, and the other Keystead, whose accounts are connected."""

    custodian: Keystead
    second: Key
    cloud: Keystead
    principal: str


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    cloud, custodian = Keystead(folder / "cloud"), Keystead(folder / "custodian")
    cloud.init()
    cloud.start()
    own = cloud.create_user("installation")
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [assume]})
    cloud.client("iam").put_user_policy(UserName="installation", PolicyName="assume", PolicyDocument=document)
    principal = f"arn:aws:iam::{cloud.account_id}:user/installation"
    custodian.init()
    custodian.command(
        *("admin", "endpoint", "add", "other", *custodian.location, "--endpoint-url", cloud.url, "--names-owners")
    )
    custodian.command(
        *("admin", "endpoint", "identity", "other", *custodian.location, "--access-key-id", own.id),
        *("--principal-arn", principal),
        stdin=own.secret,
    )
    second = Key.of_root(custodian.account("create", "--root-email", "second@example.com", "--root-key"))
    custodian.start()
    custodian.command("root", "password", stdin=PASSWORD)
    yield Two(custodian, second, cloud, principal)
    custodian.close()
    cloud.close()


def refused(two: Two, *arguments: str, key: Key | None = None) -> str:
    with pytest.raises(CommandFailed) as failure:
        two.custodian.command("cloud", *arguments, key=key)
    return failure.value.stderr


def test_an_account_of_another_keystead_is_connected_and_changed(two: Two) -> None:
    first = two.cloud.create_user("first", administrator=True)
    next_key = two.cloud.create_user("next", administrator=True)
    connect = ("cloud", "connect", "--endpoint", "other", "--name", "keys", "--access-key-id")
    made = two.custodian.command(*connect, first.id, stdin=first.secret)
    assert made["account_number"] == two.cloud.account_id
    probes = two.custodian.command("cloud", "probe", "keys")["probes"]
    states = {probe["service"]: probe["state"] for probe in probes}
    assert {probe["region"] for probe in probes} == {"us-east-1"}
    assert states["STS"] == states["IAM"] == "ok"
    assert {states[name] for name in states if name not in ("STS", "IAM")} == {"unsupported"}, states
    change = ("cloud", "update", "keys", "--access-key-id", next_key.id)
    assert two.custodian.command(*change, stdin=next_key.secret)["principal_arn"].endswith("user/next")
    assert two.custodian.command("cloud", "undo", "keys")["principal_arn"].endswith("user/first")
    root = two.custodian.command(
        *("cloud", "update", "keys", "--access-key-id", two.cloud.root.id), stdin=two.cloud.root.secret
    )
    assert "root user" in root["warnings"][0]
    two.custodian.command("cloud", "delete", "keys", "--yes", stdin=PASSWORD)


def test_b11_the_external_id_of_a_role_is_no_tenants_choice(two: Two) -> None:
    helps = [two.custodian.command("cloud", "help", "--endpoint", "other", key=key) for key in (None, two.second)]
    first, second = (help["external_id"] for help in helps)
    assert first != second
    assert first == two.custodian.command("cloud", "help", "--endpoint", "other")["external_id"]
    assert helps[0]["principal"] == two.principal
    iam = two.cloud.client("iam")
    iam.create_role(RoleName="keystead", AssumeRolePolicyDocument=json.dumps(helps[0]["trust_policy"]))
    iam.attach_role_policy(RoleName="keystead", PolicyArn=ADMINISTRATOR_ACCESS)
    role = f"arn:aws:iam::{two.cloud.account_id}:role/keystead"
    connect = ("connect", "--endpoint", "other", "--name", "role", "--role-arn", role)
    # The same role is out of reach for another tenant, although the installation assumes both with one key.
    assert "CloudAccountUnverified" in refused(two, *connect, key=two.second)
    body = json.dumps({"endpoint": "other", "role_arn": role, "external_id": first}).encode()
    port, kind = two.custodian.port, {"Content-Type": "application/json"}
    chosen = sign(two.second, "keystead", port, body, path="/api/v1/cloud-accounts", headers=kind)
    answer = send(port, chosen)
    assert (answer.status, b"external_id" in answer.body) == (400, True)
    made = two.custodian.command("cloud", *connect)
    assert made["credential_kind"] == "role"
    assert ":assumed-role/keystead/" in made["principal_arn"]
    assumed = two.cloud.command("audit", "list", "--event-name", "AssumeRole")["events"]
    # The refused call is told of together with others of its minute, without parameters, whenever that minute ends.
    told = [shown["event"]["requestParameters"] for shown in assumed if "errorCode" not in shown["event"]]
    assert [parameters["ExternalId"] for parameters in told] == [first]
    two.custodian.command("cloud", "delete", "role", "--yes", stdin=PASSWORD)
