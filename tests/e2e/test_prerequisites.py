"""What launching needs, made at a real cloud: SSH keys whose private keys are kept, and security groups."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.cloud_proxy import Asked, CloudProxy, NoAnswer
from harness.keystead import ADMINISTRATOR_ACCESS, CommandFailed, Key, Keystead
from harness.moto import CloudUser, Moto

HERE, THERE = "eu-west-1", "us-east-2"
PASSWORD = "correct-Horse-7-battery"
ANYTHING: Callable[[Asked], Any] = lambda _: None  # noqa: E731


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    moto = Moto(tmp_path_factory.mktemp("cloud"))
    yield moto
    moto.close()


@pytest.fixture(scope="module")
def user(cloud: Moto) -> CloudUser:
    return cloud.user("keystead")


class Connected:
    """An installation with the cloud connected through a proxy that a test may make trouble with."""

    def __init__(self, folder: Path, cloud: Moto, user: CloudUser) -> None:
        self.meddle, self.lose = ANYTHING, ANYTHING
        self.proxy = CloudProxy(cloud.url, lambda asked: self.meddle(asked), lambda asked: self.lose(asked))
        self.keystead = Keystead(folder / "keystead")
        self.keystead.init()
        self.keystead.command(
            "admin", "endpoint", "add", "lab", *self.keystead.location, "--endpoint-url", self.proxy.url
        )
        self.keystead.start()
        self.keystead.command(
            *("cloud", "connect", "--endpoint", "lab", "--access-key-id", user.key.id), stdin=user.key.secret
        )

    def make(self, *arguments: str, key: Key | None = None) -> dict[str, Any]:
        """`cloud prerequisites` in the two regions; what became of it, by region."""
        places = (f"--region={HERE}", f"--region={THERE}")
        made = self.keystead.command("cloud", "prerequisites", "lab", *places, *arguments, key=key)
        return by_region(made)

    def calls(self, action: str) -> list[Asked]:
        return [asked for asked in self.proxy.calls if asked.action == action]

    def close(self) -> None:
        self.keystead.close()
        self.proxy.close()


def by_region(made: Any) -> dict[str, Any]:
    return {one["region"]: one for one in made["regions"]}


@pytest.fixture
def connected(cloud: Moto, user: CloudUser, tmp_path: Path) -> Iterator[Connected]:
    made = Connected(tmp_path, cloud, user)
    yield made
    made.close()
    for region in (HERE, THERE):
        ec2 = cloud.client("ec2", region=region)
        for pair in ec2.describe_key_pairs()["KeyPairs"]:
            ec2.delete_key_pair(KeyName=pair["KeyName"])
        for group in ec2.describe_security_groups()["SecurityGroups"]:
            if group["GroupName"] != "default":
                ec2.delete_security_group(GroupId=group["GroupId"])


def person(keystead: Keystead, name: str, *roles: str) -> Key:
    """A user with a password and with these of the shipped roles."""
    key = keystead.create_user(name)
    iam = keystead.client("iam")
    iam.create_login_profile(UserName=name, Password=PASSWORD)
    for role in roles:
        iam.attach_user_policy(UserName=name, PolicyArn=f"arn:aws:iam::aws:policy/keystead/{role}")
    return key


def reveal(keystead: Keystead, key_id: str, key: Key | None = None, password: str = PASSWORD) -> Any:
    return keystead.command("cloud", "ssh-key", "reveal", "lab", key_id, key=key, stdin=password)


def public_of(private: str, folder: Path) -> str:
    """The public key, as OpenSSH reads it out of a private one."""
    file = folder / "id"
    file.touch(0o600)
    file.write_text(private)
    done = subprocess.run(["ssh-keygen", "-y", "-f", str(file)], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split()[:2])


def test_keys_and_groups_are_made_once_and_their_private_keys_are_kept(
    connected: Connected, cloud: Moto, tmp_path: Path
) -> None:
    keystead = connected.keystead
    actor = person(keystead, "actor", "actor", "observer")
    made = connected.make("--security-group", "web", key=actor)
    assert set(made) == {HERE, THERE}
    for region, one in made.items():
        ec2 = cloud.client("ec2", region=region)
        (pair,) = ec2.describe_key_pairs(KeyNames=["default"], IncludePublicKey=True)["KeyPairs"]
        assert one["ssh_key"] == {"state": "created", "id": pair["KeyPairId"], "has_material": True, "message": None}
        (group,) = groups(ec2, "web")
        assert (one["security_group"]["state"], one["security_group"]["id"]) == ("created", group["GroupId"])
        # No port is open that nobody asked for.
        assert group["IpPermissions"] == []
        private = reveal(keystead, pair["KeyPairId"], actor)["private_key"]
        assert public_of(private, tmp_path) == " ".join(pair["PublicKey"].split()[:2])
        assert private not in keystead.log.read_text()
    again = connected.make("--security-group", "web", key=actor)
    for region, one in again.items():
        assert one["ssh_key"] == {**made[region]["ssh_key"], "state": "exists"}
        assert one["security_group"]["state"] == "exists"
    assert len(connected.calls("CreateKeyPair")) == len(connected.calls("CreateSecurityGroup")) == 2
    listed = keystead.command("cloud", "ssh-key", "list", "lab")["ssh_keys"]
    assert [(one["name"], one["has_material"]) for one in listed] == [("default", True)] * 2
    assert all(one["created_by"].endswith(":user/actor") for one in listed)
    # By itself the cloud is looked through again, and finds them.
    wait_for(lambda: len(keystead.command("cloud", "resources", "lab", "--kind", "key_pairs")["resources"]) == 2)


def wait_for(what: Callable[[], bool]) -> None:
    done = threading.Event()
    for _ in range(300):
        if what():
            return
        done.wait(0.2)
    raise AssertionError("it did not come about")


def groups(ec2: Any, name: str) -> list[dict[str, Any]]:
    return ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]


def test_ports_are_opened_to_whom_is_named_and_to_the_world_only_in_words(connected: Connected, cloud: Moto) -> None:
    for world in ("0.0.0.0/0", "::/0", "128.0.0.0/1"):
        with pytest.raises(CommandFailed, match="--open-to-the-world"):
            connected.make("--ssh-key", "none", "--security-group", "web", "--open", f"tcp:22:{world}")
    assert connected.calls("CreateSecurityGroup") == []
    opened = ("--open", "tcp:8000-8080:203.0.113.0/24", "--open", "tcp:443:::/0", "--open-to-the-world")
    made = connected.make("--ssh-key", "none", "--security-group", "web", *opened)
    for region, one in made.items():
        assert one["ssh_key"] is None
        (group,) = groups(cloud.client("ec2", region=region), "web")
        rules = sorted((rule["FromPort"], rule["ToPort"], cidrs(rule)) for rule in group["IpPermissions"])
        assert rules == [(443, 443, ["::/0"]), (8000, 8080, ["203.0.113.0/24"])]
    # What is there already is left as it is, and that is said.
    again = connected.make("--ssh-key", "none", "--security-group", "web", "--open", "tcp:22:10.0.0.0/8")
    assert all("no port was opened" in one["security_group"]["message"] for one in again.values())
    # Every network has a group called default, which is never touched.
    usual = connected.make("--ssh-key", "none")
    assert {one["security_group"]["state"] for one in usual.values()} == {"exists"}


def cidrs(rule: dict[str, Any]) -> list[str]:
    return [one["CidrIp"] for one in rule["IpRanges"]] + [one["CidrIpv6"] for one in rule["Ipv6Ranges"]]


def test_a_private_key_is_shown_to_its_creator_and_to_admins_after_the_password(connected: Connected) -> None:
    keystead = connected.keystead
    actor = person(keystead, "actor", "actor")
    made = connected.make("--security-group", "none", key=actor)
    key_id = made[HERE]["ssh_key"]["id"]
    admin = person(keystead, "admin", "admin")
    colleague = person(keystead, "colleague", "actor")
    observer = person(keystead, "observer", "observer")
    assert reveal(keystead, key_id, actor) == reveal(keystead, key_id, admin)
    for key in (colleague, observer):
        with pytest.raises(CommandFailed, match="is not authorized to perform: keystead:RevealSshKey"):
            reveal(keystead, key_id, key)
    with pytest.raises(CommandFailed, match="The password is incorrect"):
        reveal(keystead, key_id, actor, "wrong-Horse-7-battery")
    with pytest.raises(CommandFailed, match="No private key is kept of the SSH key key-0"):
        reveal(keystead, "key-0", admin)
    events = keystead.text("audit", "list", "--event-name", "RevealSshKey", "-o", "json")
    assert key_id in events and "PRIVATE KEY" not in events and PASSWORD not in events
    # A user of the same name is another one.
    iam = keystead.client("iam")
    iam.delete_login_profile(UserName="actor")
    iam.delete_access_key(UserName="actor", AccessKeyId=actor.id)
    iam.detach_user_policy(UserName="actor", PolicyArn="arn:aws:iam::aws:policy/keystead/actor")
    iam.delete_user(UserName="actor")
    with pytest.raises(CommandFailed, match="is not authorized to perform: keystead:RevealSshKey"):
        reveal(keystead, key_id, person(keystead, "actor", "actor"))
    # Forgotten is forgotten; the key at the cloud stays.
    keystead.command("cloud", "ssh-key", "forget", "lab", key_id)
    with pytest.raises(CommandFailed, match="No private key is kept"):
        reveal(keystead, key_id, admin)
    assert connected.calls("DeleteKeyPair") == []


def test_the_private_key_of_a_pair_that_was_found_is_taken_if_it_is_that_pairs(
    connected: Connected, cloud: Moto
) -> None:
    keystead, ec2 = connected.keystead, cloud.client("ec2", region=HERE)
    pairs = {kind: ec2.create_key_pair(KeyName=kind, KeyType=kind) for kind in ("ed25519", "rsa")}
    keystead.command("cloud", "discover", "lab", "--region", HERE, "--kind", "key_pairs", "--wait")
    listed = {one["name"]: one for one in keystead.command("cloud", "ssh-key", "list", "lab")["ssh_keys"]}
    assert {one["has_material"] for one in listed.values()} == {False}

    def put(kind: str, private: str) -> Any:
        return keystead.command("cloud", "ssh-key", "put", "lab", listed[kind]["ssh_key_id"], stdin=private)

    for kind, other in (("ed25519", "rsa"), ("rsa", "ed25519")):
        with pytest.raises(CommandFailed, match=f"does not belong to the SSH key {kind}") as refused:
            put(kind, pairs[other]["KeyMaterial"])
        assert "PRIVATE KEY" not in refused.value.stderr
        assert put(kind, pairs[kind]["KeyMaterial"])["is_compared"]
    for nonsense in ("nonsense", pairs["rsa"]["KeyMaterial"][:200]):
        with pytest.raises(CommandFailed, match="`private_key` cannot be read"):
            put("rsa", nonsense)
    keystead.client("iam")
    admin = person(keystead, "admin", "admin")
    shown = reveal(keystead, listed["rsa"]["ssh_key_id"], admin)["private_key"]
    assert shown.strip() == pairs["rsa"]["KeyMaterial"].strip()
    events = keystead.text("audit", "list", "--event-name", "PutSshKeyMaterial", "-o", "json")
    assert "PRIVATE KEY" not in events and "PRIVATE KEY" not in keystead.log.read_text()


def test_a_lost_answer_is_looked_after_and_leaves_no_key_without_its_private_key(
    connected: Connected, cloud: Moto
) -> None:
    names: dict[str, str] = {}
    lost: set[str] = set()

    def lose(asked: Asked) -> bool:
        """The first answer to each call that makes something, in one region."""
        if asked.region != HERE or not asked.action.startswith("Create") or asked.action in lost:
            return False
        lost.add(asked.action)
        names.update({pair["KeyPairId"]: pair["KeyName"] for pair in pairs()})
        return True

    def pairs() -> list[dict[str, Any]]:
        return cloud.client("ec2", region=HERE).describe_key_pairs()["KeyPairs"]

    def meddle(asked: Asked) -> None:
        # The cloud of the tests knows key pairs by their names only.
        if asked.action == "DeleteKeyPair":
            cloud.client("ec2", region=asked.region).delete_key_pair(KeyName=names[asked.parameters["KeyPairId"]])

    connected.lose, connected.meddle = lose, meddle
    made = connected.make("--security-group", "web")
    assert {one[thing]["state"] for one in made.values() for thing in ("ssh_key", "security_group")} == {"created"}
    (pair,) = pairs()
    (deleted,) = (asked.parameters["KeyPairId"] for asked in connected.calls("DeleteKeyPair"))
    assert made[HERE]["ssh_key"]["id"] == pair["KeyPairId"] != deleted
    assert made[HERE]["ssh_key"]["has_material"]
    # The group needed no second one.
    assert len(groups(cloud.client("ec2", region=HERE), "web")) == 1
    assert len([asked for asked in connected.calls("CreateSecurityGroup") if asked.region == HERE]) == 1


def test_a_key_whose_private_key_cannot_be_kept_is_deleted_again(connected: Connected) -> None:
    keystead, made, gone = connected.keystead, threading.Event(), threading.Event()

    def meddle(asked: Asked) -> None:
        if asked.action == "CreateKeyPair":
            made.set()
            assert gone.wait(30)

    def disconnect() -> None:
        assert made.wait(30)
        root = person(keystead, "leaver", "admin")
        keystead.command("cloud", "delete", "lab", "--yes", key=root, stdin=PASSWORD)
        gone.set()

    connected.meddle = meddle
    thread = threading.Thread(target=disconnect)
    thread.start()
    with pytest.raises(CommandFailed) as failure:
        connected.make("--security-group", "none")
    thread.join()
    assert "There is no connected cloud account" in failure.value.stderr or "could not be kept" in failure.value.stdout
    created = connected.calls("CreateKeyPair")
    assert len(created) == len(connected.calls("DeleteKeyPair")) == 2


def test_one_region_that_fails_does_not_keep_the_others_back(connected: Connected) -> None:
    def meddle(asked: Asked) -> None:
        if asked.region == THERE:
            raise NoAnswer

    connected.meddle = meddle
    with pytest.raises(CommandFailed, match="in 2 regions. It is safe to ask again") as failure:
        connected.make("--region", "mars-north-1")
    assert failure.value.code == 7
    made = by_region(json.loads(failure.value.stdout))
    assert made[HERE]["ssh_key"]["state"] == "created"
    assert "the cloud did not answer" in made[THERE]["ssh_key"]["message"]
    assert "no such region" in made["mars-north-1"]["security_group"]["message"]
    connected.meddle = ANYTHING
    again = connected.make()
    assert (again[HERE]["ssh_key"]["state"], again[THERE]["ssh_key"]["state"]) == ("exists", "created")


def test_who_may_not_or_is_of_another_account_gets_nothing(connected: Connected) -> None:
    keystead = connected.keystead
    made = connected.make("--security-group", "none")
    key_id = made[HERE]["ssh_key"]["id"]
    nobody = person(keystead, "nobody")
    stranger = Key.of_root(keystead_account(keystead))
    for operation, secret, *arguments in [
        ("CreatePrerequisites", "", "prerequisites", "lab"),
        ("ListSshKeys", "", "ssh-key", "list", "lab"),
        ("RevealSshKey", PASSWORD, "ssh-key", "reveal", "lab", key_id),
        ("PutSshKeyMaterial", "-----BEGIN X-----", "ssh-key", "put", "lab", key_id),
        ("DeleteSshKeyMaterial", "", "ssh-key", "forget", "lab", key_id),
    ]:
        with pytest.raises(CommandFailed, match=f"is not authorized to perform: keystead:{operation}"):
            keystead.command("cloud", *arguments, key=nobody, stdin=secret)
        with pytest.raises(CommandFailed) as foreign:
            keystead.command("cloud", *arguments, key=stranger, stdin=secret)
        assert re.search("no connected cloud account|you have none|cannot be read", foreign.value.stderr), operation
    for operation in ("CreatePrerequisites", "DeleteSshKeyMaterial", "PutSshKeyMaterial"):
        assert keystead.command("audit", "list", "--event-name", operation), operation


def keystead_account(keystead: Keystead) -> Any:
    keystead.stop()
    made = keystead.account("create", "--root-email", "other@example.com", "--name", "other", "--root-key")
    keystead.start()
    return made
