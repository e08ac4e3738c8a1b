"""An account with known faults, for the programs that look for faults; what each says of it is in its own test.

    group     members                                      policies
    admins    alice (MFA, two keys), bob (neither)         AdministratorAccess
    auditors  auditor, whose key the programs are given    SecurityAudit
    builders  ines                                         self-promotion, and inline-anything of its own
    visitors

Besides them there are carol, an administrator by herself whose key is old and rests, and dave, who has nothing.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from .authenticator import enable_mfa
from .certificates import certificate_with_key
from .keystead import ADMINISTRATOR_ACCESS, Key, Keystead

AWS_POLICIES = "arn:aws:iam::aws:policy"
PASSWORD = "Correct-horse-battery-5"
DAY_MICROS = 24 * 3600 * 1_000_000
KEY_AGE_DAYS = 100
KEY_REST_DAYS = 60
CERTIFICATE_AGE_DAYS = 10
PASSWORD_POLICY = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 5,
}


def allow(*actions: str, resource: str = "*") -> str:
    return _document(Action=list(actions), Resource=resource)


def trust(kind: str, principal: str, **more: Any) -> str:
    return _document(Action="sts:AssumeRole", Principal={kind: principal}, **more)


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | statement]})


# The policies of the account, by what is wrong with them; nothing is with the last.
MANAGED = {
    "any-role": allow("sts:AssumeRole"),
    "anything": allow("*"),
    "keys-and-trails": allow("kms:*", "cloudtrail:*"),
    "read-secrets": allow("s3:GetObject", "secretsmanager:GetSecretValue"),
    "self-promotion": allow("iam:CreatePolicyVersion", "iam:AttachUserPolicy"),
    "share-snapshots": allow("ec2:ModifySnapshotAttribute", "s3:PutBucketPolicy"),
    "unused-anything": allow("*"),
    "own-orders": allow("s3:GetObject", resource="arn:aws:s3:::orders/*"),
}


def seed(keystead: Keystead) -> Key:
    """Makes it all in an installation that has not been started yet; the auditor's key."""
    neighbour = keystead.account("create", "--root-email", "neighbour@example.com", "--name", "neighbour")
    keystead.start()
    iam = keystead.client("iam")
    iam.update_account_password_policy(**PASSWORD_POLICY)
    for name in ("shop", "old-shop"):
        certificate, private_key = certificate_with_key(name)
        iam.upload_server_certificate(
            ServerCertificateName=name, CertificateBody=certificate, PrivateKey=private_key
        )
    policies = {name: _create_policy(iam, name, text) for name, text in MANAGED.items()}
    _seed_roles(iam, policies, keystead.account_id, neighbour["account_id"])
    auditor = keystead.create_user("auditor")
    _seed_people(keystead, policies)
    return auditor


def _create_policy(iam: Any, name: str, text: str) -> str:
    return iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]


def _seed_people(keystead: Keystead, policies: dict[str, str]) -> None:
    iam = keystead.client("iam")
    alice, bob, carol = (keystead.create_user(name) for name in ("alice", "bob", "carol"))
    second = iam.create_access_key(UserName="alice")["AccessKey"]
    for key in (alice, Key(second["AccessKeyId"], second["SecretAccessKey"]), carol):
        keystead.client("sts", key).get_caller_identity()
    for name in ("alice", "bob"):
        iam.create_login_profile(UserName=name, Password=PASSWORD)
    enable_mfa(iam, "alice")
    iam.attach_user_policy(UserName="carol", PolicyArn=ADMINISTRATOR_ACCESS)
    for name in ("dave", "ines"):
        iam.create_user(UserName=name)
    iam.put_user_policy(UserName="ines", PolicyName="inline-promotion", PolicyDocument=allow("iam:PutUserPolicy"))

    _create_group(iam, "admins", "alice", "bob", policy=ADMINISTRATOR_ACCESS)
    _create_group(iam, "auditors", "auditor", policy=f"{AWS_POLICIES}/SecurityAudit")
    _create_group(iam, "builders", "ines", policy=policies["self-promotion"])
    iam.put_group_policy(GroupName="builders", PolicyName="inline-anything", PolicyDocument=allow("*"))
    _create_group(iam, "visitors")
    _age(keystead, carol)


def _create_group(iam: Any, name: str, *members: str, policy: str | None = None) -> None:
    iam.create_group(GroupName=name)
    for member in members:
        iam.add_user_to_group(GroupName=name, UserName=member)
    if policy:
        iam.attach_group_policy(GroupName=name, PolicyArn=policy)


def _seed_roles(iam: Any, policies: dict[str, str], account_id: str, neighbour_id: str) -> None:
    own, neighbour = (f"arn:aws:iam::{account}:root" for account in (account_id, neighbour_id))
    service = "lambda.amazonaws.com"
    from_here = {"StringEquals": {"aws:SourceAccount": account_id}}
    roles = {
        "operator": (trust("AWS", own), [ADMINISTRATOR_ACCESS]),
        "outside-reader": (trust("AWS", neighbour), [f"{AWS_POLICIES}/ReadOnlyAccess"]),
        "inside-reader": (trust("AWS", own), [f"{AWS_POLICIES}/ReadOnlyAccess", f"{AWS_POLICIES}/SecurityAudit"]),
        "open-door": (trust("AWS", "*"), [policies["own-orders"]]),
        "any-deputy": (trust("Service", service), [policies["read-secrets"], policies["share-snapshots"]]),
        "own-deputy": (trust("Service", service, Condition=from_here), [policies["anything"]]),
        "deployer": (trust("AWS", own), [policies["keys-and-trails"], policies["any-role"]]),
    }
    for name, (trust_policy, attached) in roles.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_policy)
        for policy in attached:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    for name, text in {"inline-keys": allow("kms:*"), "inline-trails": allow("cloudtrail:*")}.items():
        iam.put_role_policy(RoleName="deployer", PolicyName=name, PolicyDocument=text)
    tidy = allow("s3:ListBucket", resource="arn:aws:s3:::orders")
    iam.put_role_policy(RoleName="inside-reader", PolicyName="inline-tidy", PolicyDocument=tidy)
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")


def _age(keystead: Keystead, key: Key) -> None:
    """Nobody can make an old key, or upload a certificate that has ended: times are moved back while nobody looks."""
    keystead.stop()
    with closing(sqlite3.connect(keystead.data / "keystead.db")) as connection, connection:
        for table, time, days, row in (
            ("access_keys", "created_at", KEY_AGE_DAYS, {"access_key_id": key.id}),
            ("key_last_used", "used_at", KEY_REST_DAYS, {"access_key_id": key.id}),
            ("server_certificates", "expires_at", CERTIFICATE_AGE_DAYS, {"name": "old-shop"}),
        ):
            ((column, value),) = row.items()
            moved = connection.execute(
                f"update {table} set {time} = {time} - ? where {column} = ?", (days * DAY_MICROS, value)
            )
            assert moved.rowcount == 1, table
    keystead.start()
