"""Cloud Custodian, unmodified: policies on users by their credentials, on groups, roles and policies by their use,
carried out for real."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator

import boto3
import pytest
from harness.audited import MANAGED, allow, seed
from harness.authenticator import enable_mfa
from harness.clients import PROGRAMS
from harness.keystead import REGION, Key, Keystead
from moto.server import ThreadedMotoServer

FOLDER = PROGRAMS / "custodian"
# The services that it asks what is in use, and for tags.
ELSEWHERE = ("AUTO_SCALING", "EC2", "ECS", "LAMBDA", "RESOURCE_GROUPS_TAGGING_API")

NAMES = ("UserName", "GroupName", "RoleName", "PolicyName", "InstanceProfileName")


def run(keystead: Keystead, policy: str, elsewhere: str = "") -> list[str]:
    """Carries out a policy; the names of what it matched. `elsewhere` is where services are that Keystead is not."""
    output = keystead.folder / "custodian"
    subprocess.run(
        [
            *(FOLDER / ".venv" / "bin" / "custodian", "run", "--cache-period", "0"),
            *("--policies", policy, "--output-dir", output, FOLDER / "policies.yml"),
        ],
        env=keystead.environment() | {f"AWS_ENDPOINT_URL_{name}": elsewhere for name in ELSEWHERE if elsewhere},
        check=True,
        timeout=240,
    )
    matched = json.loads((output / policy / "resources.json").read_text())
    return sorted(next(one[name] for name in NAMES if name in one) for one in matched)


def statuses(keystead: Keystead, user: str) -> dict[str, str]:
    keys = keystead.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in keys}


def use(keystead: Keystead, *keys: Key) -> None:
    for key in keys:
        keystead.client("sts", key).get_caller_identity()


def create_key(keystead: Keystead, user: str) -> Key:
    """A further key. Custodian tells keys of one user apart by the second they were made in."""
    time.sleep(1.1)
    made = keystead.client("iam").create_access_key(UserName=user)["AccessKey"]
    return Key(made["AccessKeyId"], made["SecretAccessKey"])


@pytest.mark.timeout(300)
def test_unused_keys_are_switched_off_and_inactive_ones_deleted(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start()
    iam = keystead.client("iam")
    busy, half_idle, resting = (keystead.create_user(name) for name in ("busy", "half-idle", "resting"))
    never_used = create_key(keystead, "half-idle")
    use(keystead, busy, half_idle, resting)
    iam.update_access_key(UserName="resting", AccessKeyId=resting.id, Status="Inactive")
    enable_mfa(iam, "busy")

    assert run(keystead, "users-without-mfa") == ["half-idle", "resting"]

    assert run(keystead, "switch-off-unused-keys") == ["half-idle"]
    assert statuses(keystead, "busy") == {busy.id: "Active"}
    assert statuses(keystead, "half-idle") == {half_idle.id: "Active", never_used.id: "Inactive"}
    use(keystead, busy, half_idle)

    assert run(keystead, "delete-inactive-keys") == ["half-idle", "resting"]
    assert statuses(keystead, "busy") == {busy.id: "Active"}
    assert statuses(keystead, "half-idle") == {half_idle.id: "Active"}
    assert statuses(keystead, "resting") == {}
    use(keystead, busy, half_idle)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Other services of AWS, played by moto: a launch configuration there uses the profile `web`."""
    server = ThreadedMotoServer(port=0)
    server.start()
    address, port = server.get_host_and_port()
    url = f"http://{address}:{port}"
    anybody = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": REGION}
    boto3.client("autoscaling", endpoint_url=url, **anybody).create_launch_configuration(
        LaunchConfigurationName="web", ImageId="ami-12345678", InstanceType="t3.micro", IamInstanceProfile="web"
    )
    yield url
    server.stop()


@pytest.mark.timeout(300)
def test_roles_are_found_by_what_they_may_and_do_and_the_idle_are_marked(
    new_keystead: Callable[[], Keystead], elsewhere: str
) -> None:
    keystead = new_keystead()
    seed(keystead)
    iam = keystead.client("iam")
    held = {"web": ["deployer"], "spare": ["inside-reader"], "bare": []}
    for profile, roles in held.items():
        iam.create_instance_profile(InstanceProfileName=profile)
        for role in roles:
            iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
    use_role(keystead, "operator")

    assert run(keystead, "roles-with-inline-policies") == ["deployer", "inside-reader"]
    assert run(keystead, "roles-at-work", elsewhere) == ["deployer"]
    assert run(keystead, "roles-open-to-other-accounts") == ["open-door", "outside-reader"]
    assert run(keystead, "roles-that-can-make-users") == ["operator", "own-deputy"]
    assert run(keystead, "profiles-of-auditors") == ["spare"]

    assert run(keystead, "empty-idle-profiles", elsewhere) == ["bare", "spare"]
    profiles = iam.list_instance_profiles()["InstanceProfiles"]
    left = {one["InstanceProfileName"]: [role["RoleName"] for role in one["Roles"]] for one in profiles}
    assert left == {"web": ["deployer"], "spare": [], "bare": []}

    idle = run(keystead, "mark-roles-nobody-takes-on")
    assert idle == sorted(role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"] != "operator")
    assert iam.list_role_tags(RoleName="deployer")["Tags"] == [{"Key": "review", "Value": "never used"}]
    assert iam.list_role_tags(RoleName="operator")["Tags"] == []

    assert run(keystead, "dismiss-administrators") == ["operator"]
    assert iam.list_attached_role_policies(RoleName="operator")["AttachedPolicies"] == []
    assert run(keystead, "roles-that-can-make-users") == ["own-deputy"]


@pytest.mark.timeout(300)
def test_unused_policies_and_empty_groups_are_deleted(
    new_keystead: Callable[[], Keystead], elsewhere: str
) -> None:
    keystead = new_keystead()
    seed(keystead)
    iam = keystead.client("iam")
    unused = f"arn:aws:iam::{keystead.account_id}:policy/unused-anything"
    iam.create_policy_version(PolicyArn=unused, PolicyDocument=MANAGED["anything"], SetAsDefault=True)
    boundary = f"arn:aws:iam::{keystead.account_id}:policy/limits"
    iam.create_policy(PolicyName="limits", PolicyDocument=allow("sts:*"))
    iam.put_user_permissions_boundary(UserName="dave", PermissionsBoundary=boundary)
    in_use = sorted(MANAGED.keys() - {"unused-anything"} | {"limits"})

    assert run(keystead, "policies-in-use", elsewhere) == in_use
    assert run(keystead, "policies-that-allow-all", elsewhere) == ["anything", "unused-anything"]
    assert run(keystead, "delete-unused-policies", elsewhere) == ["unused-anything"]
    assert sorted(one["PolicyName"] for one in iam.list_policies(Scope="Local")["Policies"]) == in_use

    assert run(keystead, "groups-with-users") == ["admins", "auditors", "builders"]
    assert run(keystead, "delete-empty-groups") == ["visitors"]
    assert [group["GroupName"] for group in iam.list_groups()["Groups"]] == ["admins", "auditors", "builders"]


def use_role(keystead: Keystead, role: str) -> None:
    """Takes on a role and does something."""
    user = keystead.create_user("dora", administrator=True)
    lent = keystead.client("sts", user).assume_role(
        RoleArn=f"arn:aws:iam::{keystead.account_id}:role/{role}", RoleSessionName="work"
    )["Credentials"]
    boto3.client(
        "iam",
        endpoint_url=keystead.url,
        region_name=REGION,
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    ).list_users()
