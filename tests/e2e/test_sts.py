"""Temporary credentials through AWS's own clients: boto3, and the aws CLI with a profile that wants an MFA code."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import select
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from harness.authenticator import code
from harness.clients import AWS_CLI_2
from harness.keystead import ADMINISTRATOR_ACCESS, AWS_CLI, REGION, Key, Keystead
from harness.signing import RawRequest
from harness.verifier import ask

TASK = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
# What no request here can bring about.
UNREACHABLE = {"RegionDisabledException", "ExpiredTokenException"}


def client(keystead: Keystead, service: str, credentials: dict[str, Any]) -> Any:
    """A boto3 client that acts in a session."""
    return boto3.client(
        service,
        endpoint_url=keystead.url,
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def refused(call: Any, code: str, **parameters: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    assert error.value.response["Error"]["Code"] == code, error.value
    return error.value.response["Error"]["Message"]


@pytest.fixture
def role(keystead: Keystead, user_name: str) -> str:
    """A role that the account's users may take on where their policies allow it, and that may do everything."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": keystead.account_id},
                "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            }
        ],
    }
    iam, name = keystead.client("iam"), f"role-of-{user_name}"
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.attach_role_policy(RoleName=name, PolicyArn=ADMINISTRATOR_ACCESS)
    return str(made["Role"]["Arn"])


def test_every_operation_of_sts_succeeds_and_fails_as_its_model_says(
    keystead: Keystead, user_name: str, role: str
) -> None:
    key = keystead.create_user(user_name, administrator=True)
    sts = keystead.client("sts", key, attempts=1)
    only_users = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}}
    )
    wanted = {"RoleArn": role, "RoleSessionName": "web"}
    made = sts.assume_role(
        **wanted, Policy=only_users, Tags=[{"Key": "team", "Value": "red"}], SourceIdentity="somebody"
    )
    name = role.rpartition("/")[2]
    assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{keystead.account_id}:assumed-role/{name}/web"
    assert made["SourceIdentity"] == "somebody" and 0 <= made["PackedPolicySize"] <= 100
    session = client(keystead, "iam", made["Credentials"])
    session.list_users()
    denied = refused(session.list_roles, "AccessDenied")
    assert denied.endswith("because no session policy allows the iam:ListRoles action")
    noise = [{"Key": f"k{number}", "Value": os.urandom(100).hex()} for number in range(50)]
    for operation, parameters in [
        (sts.assume_role, wanted),
        (sts.get_federation_token, {"Name": "lent"}),
    ]:
        refused(operation, "MalformedPolicyDocument", **parameters, Policy="{}")
        refused(operation, "PackedPolicyTooLarge", **parameters, Tags=noise)
    refused(sts.assume_role, "AccessDenied", RoleArn=role + "-2", RoleSessionName="web")

    lent = sts.get_federation_token(Name="lent", Policy=only_users)
    assert lent["FederatedUser"]["Arn"] == f"arn:aws:sts::{keystead.account_id}:federated-user/lent"
    refused(client(keystead, "sts", lent["Credentials"]).get_session_token, "AccessDenied")
    own = client(keystead, "sts", sts.get_session_token()["Credentials"])
    assert own.get_caller_identity()["Arn"] == f"arn:aws:iam::{keystead.account_id}:user/{user_name}"
    own.assume_role(**wanted)

    task = {"TargetPrincipal": keystead.account_id, "TaskPolicyArn": {"arn": TASK}}
    root = client(keystead, "iam", sts.assume_root(**task)["Credentials"])
    assert root.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"] == keystead.root.id
    refused(root.create_access_key, "AccessDenied")
    refused(sts.assume_root, "AccessDenied", **task | {"TargetPrincipal": "999999999999"})

    with pytest.raises(ClientError) as error:
        session.list_roles()
    message = error.value.response["ResponseMetadata"]["HTTPHeaders"]["x-keystead-authorization-message"]
    decoded = json.loads(sts.decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    assert decoded["context"]["action"] == "iam:ListRoles" and not decoded["explicitDeny"]
    refused(sts.decode_authorization_message, "InvalidAuthorizationMessageException", EncodedMessage="nothing")
    info = sts.get_access_key_info(AccessKeyId=made["Credentials"]["AccessKeyId"])
    assert info["Account"] == keystead.account_id

    met = {"MalformedPolicyDocument", "PackedPolicyTooLarge", "InvalidAuthorizationMessageException"}
    operations = "AssumeRole AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo GetFederationToken GetSessionToken"
    for operation in operations.split():
        shapes = sts.meta.service_model.operation_model(operation).error_shapes
        codes = {shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes}
        assert codes <= met | UNREACHABLE, (operation, codes)


def test_revoked_sessions_are_refused_on_the_very_next_request(
    keystead: Keystead, user_name: str, role: str
) -> None:
    key = keystead.create_user(user_name, administrator=True)
    sts = keystead.client("sts", key)
    whose = [("--access-key-id", key.id), ("--user", user_name), ("--role", role.rpartition("/")[2])]
    for option, value in whose:
        made = sts.assume_role(RoleArn=role, RoleSessionName="web")["Credentials"]
        session = client(keystead, "sts", made)
        session.get_caller_identity()
        keystead.command("sessions", "revoke", option, value)
        refused(session.get_caller_identity, "InvalidClientTokenId")
        sts.get_caller_identity()
    past = client(keystead, "sts", sts.assume_role(RoleArn=role, RoleSessionName="web")["Credentials"])
    keystead.command("sessions", "revoke", "--user", user_name, "--before", "2026-01-01T00:00:00Z")
    past.get_caller_identity()


def caller_by_url(url: str, headers: dict[str, str]) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def test_a_token_of_eks_tells_who_signed_it(keystead: Keystead, user_name: str, role: str) -> None:
    """As aws-iam-authenticator has it: a presigned GetCallerIdentity with the cluster's name signed along."""
    key = keystead.create_user(user_name, administrator=True)
    made = keystead.client("sts", key).assume_role(RoleArn=role, RoleSessionName="web")["Credentials"]
    host = keystead.url.partition("//")[2]
    verifier = keystead.command("verifier", "create", user_name, "--service", "eks", "--host", host)["token"]
    name = role.rpartition("/")[2]
    for arn, token in [
        (f"arn:aws:iam::{keystead.account_id}:user/{user_name}", eks_token_of_the_cli(keystead, key)),
        (f"arn:aws:sts::{keystead.account_id}:assumed-role/{name}/web", eks_token_of_boto3(keystead, made)),
    ]:
        prefix, encoded = token[:11], token[11:]
        assert prefix == "k8s-aws-v1."
        url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        status, body = caller_by_url(url, {"x-k8s-aws-id": "cluster"})
        assert status == 200 and arn in body, body
        for headers in ({}, {"x-k8s-aws-id": "another"}):
            assert caller_by_url(url, headers)[0] == 403
        headers = [("host", host), ("x-k8s-aws-id", "cluster")]
        request = RawRequest("GET", url.removeprefix(keystead.url), headers, b"")
        status, verdict = ask(keystead, verifier, request)
        assert status == 200 and arn in json.dumps(verdict), verdict


def eks_token_of_the_cli(keystead: Keystead, key: Key) -> str:
    return str(keystead.aws("eks", "get-token", "--cluster-name", "cluster", key=key)["status"]["token"])


def eks_token_of_boto3(keystead: Keystead, credentials: dict[str, Any]) -> str:
    sts = client(keystead, "sts", credentials)

    def add_cluster(request: Any, **_: Any) -> None:
        request.headers.add_header("x-k8s-aws-id", "cluster")

    sts.meta.events.register("before-sign.sts.GetCallerIdentity", add_cluster)
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    assert "X-Amz-Security-Token=" in url
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def on_a_terminal(arguments: list[str], environment: dict[str, str], answer: str) -> tuple[int, str]:
    """Runs a program on a terminal of its own and types `answer` when it asks for an MFA code."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(arguments[0], arguments, environment)
    shown, typed, deadline = b"", False, time.monotonic() + 90
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            read = os.read(terminal, 4096)
        except OSError:
            break
        if not read:
            break
        shown += read
        if not typed and b"MFA code" in shown:
            os.write(terminal, answer.encode() + b"\n")
            typed = True
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


def takes_an_address_for_every_service(aws: Path) -> bool:
    """Whether this aws CLI sends the requests of its profiles to AWS_ENDPOINT_URL, as it does since 1.29 and 2.13."""
    if not aws.exists():
        return False
    shown = subprocess.run([aws, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
    first, second = (int(number) for number in re.findall(r"aws-cli/(\d+)\.(\d+)", shown)[0])
    return second >= (29 if first == 1 else 13)


@pytest.mark.parametrize("aws", [AWS_CLI, AWS_CLI_2], ids=["aws-cli-1", "aws-cli-2"])
def test_the_aws_cli_takes_on_a_role_by_profile_with_mfa(
    keystead: Keystead, user_name: str, tmp_path: Path, aws: Path
) -> None:
    if not takes_an_address_for_every_service(aws):
        pytest.skip(f"{aws} is not installed, or older than AWS_ENDPOINT_URL")
    key, iam = keystead.create_user(user_name, administrator=True), keystead.client("iam")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=user_name)["VirtualMFADevice"]
    seed, step = device["Base32StringSeed"].decode(), int(time.time()) // 30
    iam.enable_mfa_device(
        UserName=user_name,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=code(seed, step - 2),
        AuthenticationCode2=code(seed, step - 1),
    )
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{keystead.account_id}:user/{user_name}"},
            "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        },
    }
    made = iam.create_role(RoleName=f"careful-{user_name}", AssumeRolePolicyDocument=json.dumps(trust))
    refused(
        keystead.client("sts", key).assume_role,
        "AccessDenied",
        RoleArn=made["Role"]["Arn"],
        RoleSessionName="without",
    )
    (tmp_path / "config").write_text(
        f"[profile careful]\nrole_arn = {made['Role']['Arn']}\nsource_profile = base\n"
        f"mfa_serial = {device['SerialNumber']}\nrole_session_name = typed\n"
    )
    (tmp_path / "credentials").write_text(
        f"[base]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
    )
    kept = {
        name: value
        for name, value in keystead.environment().items()
        if name not in {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    }
    environment = kept | {
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_PAGER": "",
    }
    identity = [str(aws), "sts", "get-caller-identity", "--profile", "careful", "--output", "json"]
    exit_code, shown = on_a_terminal(identity, environment, code(seed, int(time.time()) // 30))
    arn = f"arn:aws:sts::{keystead.account_id}:assumed-role/careful-{user_name}/typed"
    assert exit_code == 0 and arn in shown, shown
