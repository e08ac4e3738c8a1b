"""An account as one finds it after some years: people and machines, keys of every age, rotations, clouds, and some names
as long as names may be. For whoever looks at pages.

    console users   ops-admin (an administrator, with a password), nobody (a password, and no permission)
    machines        deploy-bot, orders-app, nightly-export, ledger and whoever has a long name
    clouds          production, which answers; legacy, whose key was deleted over there
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .authenticator import enable_mfa
from .certificates import certificate_with_key
from .keystead import ADMINISTRATOR_ACCESS, Key, Keystead
from .moto import CloudUser, Moto
from .signing import sign
from .ssh_keys import ssh_public_key
from .verifier import ask

ACCOUNT = "482177301196"
ALIAS = "harbor-prod"
ROOT_EMAIL = "root@harbor.example"
PASSWORD = "Correct-horse-battery-5"
DAY_MICROS = 24 * 3600 * 1_000_000
QUEUE = "queue.example.com"
# As long as IAM lets a user's name and path be.
LONG_NAME = ("integration-of-the-warehouse-management-system-with-billing-0123")[:64]
LONG_PATH = f"/{'division-of-logistics/' * 10}"
LONG_TEXT = "Reads what the harbour's cranes report and writes it where the night shift looks for it. " * 2
CLOUD_OPTIONS = ("--cloud-timeout-seconds", "5", "--cloud-status-retry-seconds", "1")

# Names that could be words of an address.
NAMES = {
    *("ops-admin", "nobody", "deploy-bot", "orders-app", "nightly-export", "ledger", "administrators", "developers"),
    *("auditors", "visitors", "orders-bucket", "operator", "crane-lambda", "own-queue", "production", "legacy", "shop"),
    *("harbour", "shop-web", "shop-worker", "cranes", "orders", "exports", "books", "web-frontend", "order-worker"),
    *("queue", "edge", "lab", "export-store", "r" * 64, "p" * 128),
}


def allow(*actions: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


def trust(principal: dict[str, str]) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


class Furnished:
    """The installation, its cloud, and the keys that tests go on with."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.keystead = keystead = Keystead(folder / "keystead")
        self.keys: dict[str, Key] = {}
        self.rotations: dict[str, str] = {}
        self.moto = Moto(folder)
        self.moto.warm()
        account = ("--account-id", ACCOUNT, "--name", "Harbor Logistics", "--root-email", ROOT_EMAIL)
        made = keystead.command("init", *keystead.location, *account, "--root-key")
        keystead.account_id, keystead.root = ACCOUNT, Key.of_root(made)
        where = ("--endpoint-url", self.moto.url, "--names-owners")
        keystead.command("admin", "endpoint", "add", "lab", *keystead.location, *where)
        keystead.start(*CLOUD_OPTIONS, *options)
        keystead.command("root", "password", stdin=PASSWORD)
        self.iam = keystead.client("iam")
        self._people()
        self._machines()
        self._roles_and_policies()
        self._clouds()
        self._credentials()
        self._use_and_age()
        self._rotations()
        self._incidents()

    def addresses(self) -> list[str]:
        """Where to begin looking: the first page, and of each kind the page that has most to show."""
        return [
            "/console",
            "/console/users/deploy-bot",
            "/console/groups/administrators",
            "/console/roles/operator",
            f"/console/rotations/{self.rotations['orders']}",
            "/console/clouds/production",
            "/console/credentials/DB_PASSWORD",
            "/console/deployments/shop",
            "/console/workloads/shop-web",
        ]

    def close(self) -> None:
        self.keystead.close()
        self.moto.close()

    def _people(self) -> None:
        iam = self.iam
        iam.create_account_alias(AccountAlias=ALIAS)
        iam.update_account_password_policy(MinimumPasswordLength=14, AllowUsersToChangePassword=True, MaxPasswordAge=90)
        people = {
            "administrators": (["ops-admin", "maria.keller"], ADMINISTRATOR_ACCESS),
            "developers": (["jonas.brandt", "yuki.tanaka", "amara.okafor"], "arn:aws:iam::aws:policy/PowerUserAccess"),
            "auditors": (["auditor@harbor.example"], "arn:aws:iam::aws:policy/SecurityAudit"),
            "visitors": ([], None),
        }
        for group, (members, policy) in people.items():
            iam.create_group(GroupName=group, Path="/people/")
            if policy:
                iam.attach_group_policy(GroupName=group, PolicyArn=policy)
            for name in members:
                tags = [{"Key": "team", "Value": group}]
                iam.create_user(UserName=name, Path="/people/", Tags=tags)
                iam.create_login_profile(UserName=name, Password=PASSWORD)
                iam.add_user_to_group(GroupName=group, UserName=name)
        for name in ("maria.keller", "jonas.brandt"):
            enable_mfa(iam, name)
        iam.create_user(UserName="nobody")
        iam.create_login_profile(UserName="nobody", Password=PASSWORD)

    def _machines(self) -> None:
        iam = self.iam
        for name in ("deploy-bot", "orders-app", "nightly-export", "ledger"):
            tags = [{"Key": "owner", "Value": "platform@harbor.example"}, {"Key": "stage", "Value": "production"}]
            iam.create_user(UserName=name, Path="/machines/", Tags=tags)
            iam.put_user_policy(UserName=name, PolicyName="own-queue", PolicyDocument=allow("sqs:*", "s3:GetObject"))
            self._key(name)
        iam.create_user(UserName=LONG_NAME, Path=LONG_PATH, Tags=[{"Key": "k" * 128, "Value": "v" * 256}])
        self._key(LONG_NAME)
        self._key("deploy-bot", "deploy-bot (second)")
        rested = self._key(LONG_NAME, "rested")
        iam.update_access_key(UserName=LONG_NAME, AccessKeyId=rested.id, Status="Inactive")
        certificate, _ = certificate_with_key("deploy-bot", days=20)
        iam.upload_signing_certificate(UserName="deploy-bot", CertificateBody=certificate)
        iam.upload_ssh_public_key(UserName="deploy-bot", SSHPublicKeyBody=ssh_public_key())
        iam.create_service_specific_credential(UserName="deploy-bot", ServiceName="codecommit.amazonaws.com")
        for name in ("shop", "edge"):
            certificate, private_key = certificate_with_key(name, days=25)
            iam.upload_server_certificate(
                ServerCertificateName=name, CertificateBody=certificate, PrivateKey=private_key
            )

    def _key(self, user: str, called: str = "") -> Key:
        made = self.iam.create_access_key(UserName=user)["AccessKey"]
        key = self.keys[called or user] = Key(made["AccessKeyId"], made["SecretAccessKey"])
        return key

    def _roles_and_policies(self) -> None:
        iam = self.iam
        bucket = allow("s3:GetObject", "s3:PutObject", resource="arn:aws:s3:::orders/*")
        for name, description in {"orders-bucket": "What the shop may do with orders.", "p" * 128: LONG_TEXT}.items():
            made = iam.create_policy(PolicyName=name, PolicyDocument=bucket, Description=description, Path="/shop/")
            arn = made["Policy"]["Arn"]
            iam.attach_user_policy(UserName="orders-app", PolicyArn=arn)
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"), SetAsDefault=False)
        own = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
        for name, description in {"operator": "For the people on call.", "r" * 64: LONG_TEXT[:1000]}.items():
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=own, Description=description)
            iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
        iam.create_role(RoleName="crane-lambda", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))

    def _clouds(self) -> None:
        production = self.moto.user("keystead")
        self.cloud_key = production.key
        other = self.moto.other_account("444455556666")
        legacy = self.moto.user("keystead", key=other, number="444455556666")
        self.moto.enforce()
        self.connect("production", production)
        self.connect("legacy", legacy)
        self.moto.enforce(False)
        self.moto.client("iam", other).delete_access_key(UserName="keystead", AccessKeyId=legacy.key.id)
        self.moto.enforce()
        self.keystead.command("cloud", "probe", "legacy")

    def connect(self, name: str, user: CloudUser) -> Any:
        """Connects an account of the cloud by a user of it."""
        arguments = ("--access-key-id", user.key.id, "--endpoint", "lab", "--name", name)
        return self.keystead.command("cloud", "connect", *arguments, stdin=user.key.secret)

    def _credentials(self) -> None:
        command = self.keystead.command
        for name, description in {
            "DB_PASSWORD": "The orders database.",
            "MAIL_TOKEN": "",
            "PARTNER_API_KEY": LONG_TEXT,
            f"A_LONG_NAME_{'_OF_MANY_PARTS' * 6}"[:100]: "",
        }.items():
            command("credential", "create", name, "--description", description, stdin="s3cret")
        command("credential", "update", "DB_PASSWORD", "--value", stdin="s3cret-2")
        for deployment, workloads in {"shop": ["shop-web", "shop-worker"], "harbour": ["cranes"]}.items():
            command("deployment", "create", deployment, "--description", f"All of the {deployment}.")
            for workload in workloads:
                command("workload", "create", workload, "--deployment", deployment)
        command("input", "set", "--deployment", "shop", "DB_HOST=text:10.0.0.7", "DB_PASSWORD=cred:DB_PASSWORD")
        command("input", "set", "--workload", "shop-web", "MAIL=cred:MAIL_TOKEN", f"GREETING=text:{LONG_TEXT}")
        command("workload", "update", "cranes", "--require", "CRANE_TOKEN")
        for address in ("new.colleague@harbor.example", f"{'a' * 60}@{'harbour.' * 12}example"):
            command("invitation", "create", address, "--policy", "observer")

    def _use_and_age(self) -> None:
        """Nobody can make an old key: times are moved back while nobody looks."""
        make = ("verifier", "create", "queue", "--service", "sqs", "--host", QUEUE, "--trust-forwarded")
        self.verifier = self.keystead.command(*make)["token"]
        for name, key in self.keys.items():
            # Those that are rotated have the consumers they are given below, and no other.
            if name not in ("rested", "orders-app", "nightly-export", "ledger"):
                self.keystead.client("sts", key).get_caller_identity()
        self.keystead.stop()
        with closing(sqlite3.connect(self.keystead.data / "keystead.db")) as connection, connection:
            for name, days in {"deploy-bot": 88, "nightly-export": 412, LONG_NAME: 95, "rested": 730, "orders-app": 30}.items():
                for table, column, back in (("access_keys", "created_at", days), ("key_last_used", "used_at", days // 8)):
                    update = f"update {table} set {column} = {column} - ? where access_key_id = ?"
                    connection.execute(update, (back * DAY_MICROS, self.keys[name].id))
        self.keystead.start()

    def use(self, user: str, source: str, app: str = "") -> None:
        """A request to the queue by a user's first key, as its service tells of it."""
        headers = {"User-Agent": f"Boto3/1.40 app/{app}"} if app else {"User-Agent": "curl/8.5.0"}
        request = sign(self.keys[user], "sqs", self.keystead.port, b"{}", host=QUEUE, headers=headers)
        status, told = ask(self.keystead, self.verifier, request, source_address=source)
        assert status == 200, told

    def _rotations(self) -> None:
        command = self.keystead.command
        managed = {"orders": "orders-app", "exports": "nightly-export", "books": "ledger"}
        for name, user in managed.items():
            key = self.keys[user]
            adopt = ("managed", "adopt", name, "--user-name", user, "--access-key-id", key.id)
            command(*adopt, "--profile", "demo", stdin=key.secret)
        for consumer in ("web-frontend", "order-worker"):
            kind = ("--kind", "credential-process", "--app-id", consumer)
            command("consumer", "enroll", "orders", consumer, *kind)
            self.use("orders-app", "10.4.0.11", consumer)
        for user, source in {"orders-app": "10.4.0.17", "nightly-export": "10.4.0.90"}.items():
            self.use(user, source)
        for name, more in {"books": (), "exports": ("--approve-each", "create"), "orders": ()}.items():
            self.rotations[name] = command("rotate", "start", name, *more)["rotation_id"]
        store = ("--kind", "stored-credential", "--id-field", "EXPORT_KEY_ID", "--secret-field", "EXPORT_SECRET")
        for value in ("EXPORT_KEY_ID", "EXPORT_SECRET"):
            command("credential", "create", value, stdin="not yet")
        command("target", "add", "exports", "export-store", *store, "--optional")
        command("managed", "schedule", "exports", "--every-days", "90")
        first, last = ((datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds") for days in (30, 35))
        command("freeze", "add", "--from", first, "--until", last, "--reason", "The sale of the year.")

    def _incidents(self) -> None:
        command = self.keystead.command
        place = "https://code.example/harbor/scripts/deploy.sh#L12"
        command("leak", "report", self.keys["deploy-bot (second)"].id, "--at", place)
        command("leak", "honey-key", "create", "--place", "The old wiki.")
        refused = self.keystead.client("iam", self.keys["deploy-bot (second)"], attempts=1)
        for call in (refused.list_users, refused.list_roles):
            try:
                call()
            except refused.exceptions.ClientError:
                # A refusal to be found in the audit.
                continue
