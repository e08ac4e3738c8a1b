"""Connecting accounts at a cloud: the proof, seed 001's messages each in its case, the help, and change, undo and deletion
of what is connected."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from harness import outbox
from harness.faulty_cloud import FAULTS, FaultyCloud
from harness.keystead import CommandFailed, Key, Keystead
from harness.moto import NUMBER, CloudUser, Moto
from harness.process import wait_until

PASSWORD = "correct horse battery staple 1A!"
ELSEWHERE = "444455556666"
DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
UNVERIFIED = "AWS account number can't be verified with these credentials."


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    """A cloud whose users' keys have to be right."""
    moto = Moto(tmp_path_factory.mktemp("cloud"))
    moto.warm()
    yield moto
    moto.close()


@pytest.fixture(scope="module")
def users(cloud: Moto) -> dict[str, CloudUser]:
    """Users of the cloud, of two accounts."""
    other = cloud.other_account(ELSEWHERE)
    users = {
        "keystead": cloud.user("keystead"),
        "next": cloud.user("next"),
        "powerless": cloud.user("powerless", policy=None),
        "elsewhere": cloud.user("elsewhere", key=other, number=ELSEWHERE),
    }
    cloud.enforce()
    return users


@pytest.fixture(scope="module")
def proxy(cloud: Moto) -> Iterator[FaultyCloud]:
    """The same cloud behind an address where it can be watched and made to fail."""
    proxy = FaultyCloud(cloud.port)
    yield proxy
    proxy.close()


class Tenants:
    """An installation with the cloud under three names, and its tenants."""

    def __init__(self, folder: Path, cloud: Moto, proxy: FaultyCloud) -> None:
        self.keystead = keystead = Keystead(folder)
        keystead.init()
        for name, url, *flags in [
            ("lab", cloud.url, "--names-owners"),
            ("quiet", cloud.url),
            ("watched", proxy.url, "--names-owners"),
        ]:
            where = ("--endpoint-url", url, *flags)
            keystead.command("admin", "endpoint", "add", name, *keystead.location, *where)
        quota = ("admin", "quota", "set", *keystead.location, keystead.account_id, "CloudAccountsPerAccount", "100")
        keystead.command(*quota)
        made = keystead.account("create", "--root-email", "second@example.com", "--root-key")
        self.second = Key.of_root(made)
        keystead.start(
            *("--cloud-timeout-seconds", "5", "--cloud-status-interval-seconds", "2"),
            *("--cloud-status-retry-seconds", "1"),
        )
        keystead.command("root", "password", stdin=PASSWORD)

    def connect(self, user: CloudUser, *arguments: str, key: Key | None = None) -> dict[str, Any]:
        arguments = arguments if "--endpoint" in arguments else ("--endpoint", "lab", *arguments)
        return self.keystead.command(
            *("cloud", "connect", "--access-key-id", user.key.id, *arguments), stdin=user.key.secret, key=key
        )

    def refused(self, user: CloudUser, *arguments: str, key: Key | None = None) -> str:
        return refusal(lambda: self.connect(user, *arguments, key=key), user.key.secret)

    def letters(self, subject: str) -> list[str]:
        """What went out to the owner about something; there is no mail server, so it is in the outbox."""
        found = outbox.letters(self.keystead, "root@example.com")
        return [letter.get_content() for letter in found if letter["subject"].startswith(subject)]

    def delete(self, name: str) -> dict[str, Any]:
        return self.keystead.command("cloud", "delete", name, "--yes", stdin=PASSWORD)


def refusal(work: Callable[[], object], *secrets: str) -> str:
    """What a refused command says, which holds no secret."""
    with pytest.raises(CommandFailed) as failure:
        work()
    assert not any(secret in failure.value.stderr for secret in secrets)
    return str(json.loads(failure.value.stderr)["error"]["message"])


@pytest.fixture(scope="module")
def tenants(
    cloud: Moto, users: dict[str, CloudUser], proxy: FaultyCloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenants]:
    tenants = Tenants(tmp_path_factory.mktemp("custodian"), cloud, proxy)
    yield tenants
    tenants.keystead.close()


@pytest.fixture
def connected(tenants: Tenants, users: dict[str, CloudUser]) -> Iterator[str]:
    """The name of an account that is connected for one test."""
    tenants.connect(users["keystead"], "--name", "ours")
    yield "ours"
    if any(cloud["name"] == "ours" for cloud in tenants.keystead.command("cloud", "list")["cloud_accounts"]):
        tenants.delete("ours")


def test_an_account_is_connected_by_a_key_that_proves_its_number(
    tenants: Tenants, users: dict[str, CloudUser]
) -> None:
    keystead = tenants.keystead
    foreign = tenants.refused(users["elsewhere"], "--account-number", "1234-5678-9012")
    assert foreign.startswith(
        "Your Amazon credentials are invalid: Your AWS account number does not correspond to the AWS access key ID. This "
        "will cause unpredictable behavior when accessing EC2."
    )
    wrong = CloudUser(NUMBER, "keystead", Key(users["keystead"].key.id, "x" * 40))
    for user in [wrong, users["powerless"]]:
        told = tenants.refused(user, "--account-number", "1234-5678-9012")
        assert told.startswith(UNVERIFIED)
        assert "every region has a security group" in told
    assert "ec2:DescribeRegions" in tenants.refused(users["powerless"])
    assert keystead.command("cloud", "list")["cloud_accounts"] == []
    made = tenants.connect(users["keystead"], "--account-number", "1234-5678-9012")
    assert made["account_number"] == NUMBER
    assert made["principal_arn"] == f"arn:aws:iam::{NUMBER}:user/keystead"
    assert made["warnings"] == []
    shown = keystead.command("cloud", "show", "lab")
    assert shown["cloud_account_id"] == made["cloud_account_id"]
    assert users["keystead"].key.secret not in json.dumps(keystead.command("cloud", "list"))
    assert "connected to your account already, as lab" in tenants.refused(users["keystead"])
    tenants.delete("lab")


def test_who_proves_a_connected_account_is_told_its_owner_and_may_ask_for_an_invitation(
    tenants: Tenants, users: dict[str, CloudUser], connected: str
) -> None:
    told = tenants.refused(users["next"], key=tenants.second)
    assert told.startswith(
        "Your Amazon credentials are invalid: Sorry, this AWS account has already been registered with Keystead by "
        "root@example.com, please contact this person to get invited to his account."
    )
    tenants.connect(users["keystead"], "--endpoint", "quiet")
    told = tenants.refused(users["next"], "--endpoint", "quiet", key=tenants.second)
    assert "already been registered with Keystead, please" in told and "root@example.com" not in told
    tenants.delete("quiet")

    def ask(user: CloudUser, *arguments: str, key: Key | None = None) -> dict[str, Any]:
        whose = ("cloud", "request-invitation", "--endpoint", "lab", "--access-key-id", user.key.id, *arguments)
        return tenants.keystead.command(*whose, stdin=user.key.secret, key=key)

    own = refusal(lambda: ask(users["next"]))
    assert "connected to your account already" in own
    nobody = refusal(lambda: ask(users["elsewhere"], key=tenants.second))
    assert f"Nobody has connected the AWS account {ELSEWHERE}" in nobody
    asked = ask(users["next"], key=tenants.second)
    assert asked == {"account_number": NUMBER, "owner": "root@example.com"}
    letter = wait_until(lambda: tenants.letters("Somebody asks to be invited"), 10, "the letter")[0]
    assert "second@example.com" in letter and NUMBER in letter
    assert "within the last day" in refusal(lambda: ask(users["next"], key=tenants.second))


def test_a_subscription_that_is_missing_is_told_in_amazons_words(
    tenants: Tenants, users: dict[str, CloudUser], proxy: FaultyCloud
) -> None:
    proxy.fault = FAULTS["opt-in-required"]
    told = tenants.refused(users["keystead"], "--endpoint", "watched")
    proxy.fault = None
    assert told.startswith('Your Amazon credentials are invalid: STS: "OptInRequired: No."')
    assert "wait for its e-mail" in told


def test_u1_no_owner_is_named_to_who_has_no_working_secret(
    tenants: Tenants, users: dict[str, CloudUser], connected: str
) -> None:
    key = users["keystead"].key
    tries = [
        ("wrong secret", key.id, lambda n: f"{n:040}", NUMBER),
        ("foreign secret", key.id, lambda _: users["elsewhere"].key.secret, NUMBER),
        ("unknown key", "AKIAAAAAAAAAAAAAAAAA", lambda n: f"{n:040}", NUMBER),
        ("number nobody has", key.id, lambda n: f"{n:040}", "999999999999"),
        ("key without rights", users["powerless"].key.id, lambda n: f"{n:040}", NUMBER),
    ]
    seconds: dict[str, list[float]] = {name: [] for name, *_ in tries}
    said: set[str] = set()

    def attempt(number: int) -> None:
        name, access_key_id, secret, account = tries[number % len(tries)]
        user = CloudUser(account, "", Key(access_key_id, secret(number)))
        began = time.monotonic()
        said.add(tenants.refused(user, "--account-number", account, key=tenants.second))
        seconds[name].append(time.monotonic() - began)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(500)))
    assert len(said) == 1, said
    assert next(iter(said)).startswith(UNVERIFIED)
    assert not any("example.com" in text for text in said)
    medians = [statistics.median(times) for times in seconds.values()]
    assert max(medians) < 2 * min(medians), seconds.keys()


def test_u2_a_key_that_lost_its_rights_registers_nothing(
    cloud: Moto, tenants: Tenants, users: dict[str, CloudUser], proxy: FaultyCloud
) -> None:
    cloud.enforce(False)
    names = ["u2-powerless", "u2-denied", "u2-deleted"]
    lost = {name: cloud.user(name, DENY if name == "u2-denied" else None) for name in names}
    iam = cloud.client("iam")
    iam.delete_access_key(UserName="u2-deleted", AccessKeyId=lost["u2-deleted"].key.id)
    cloud.enforce()
    for name, user in lost.items():
        assert tenants.refused(user, "--account-number", NUMBER, key=tenants.second).startswith(UNVERIFIED), name
    # moto takes keys that are inactive; the proxy answers as AWS does.
    proxy.fault = FAULTS["invalid-client-token-id"]
    inactive = tenants.refused(users["keystead"], "--endpoint", "watched", key=tenants.second)
    proxy.fault = None
    assert inactive.startswith(UNVERIFIED)
    foreign = tenants.refused(users["elsewhere"], "--account-number", NUMBER, key=tenants.second)
    assert "does not correspond" in foreign
    assert tenants.keystead.command("cloud", "list", key=tenants.second)["cloud_accounts"] == []


def test_credentials_are_changed_for_all_regions_and_can_be_taken_back(
    tenants: Tenants, users: dict[str, CloudUser], connected: str
) -> None:
    keystead, first, second = tenants.keystead, users["keystead"], users["next"]

    def update(user: CloudUser, *arguments: str) -> dict[str, Any]:
        change = ("cloud", "update", connected, "--access-key-id", user.key.id, *arguments)
        return keystead.command(*change, stdin=user.key.secret)

    assert "no credentials from before" in refusal(lambda: keystead.command("cloud", "undo", connected))
    wait_until(lambda: keystead.command("cloud", "status", connected)["regions"], 30, "the first probe is done")
    foreign = refusal(lambda: update(users["elsewhere"]), users["elsewhere"].key.secret)
    assert "does not correspond" in foreign
    wrong = refusal(lambda: update(CloudUser(NUMBER, "", Key(second.key.id, "x" * 40))))
    assert wrong.startswith(UNVERIFIED)
    assert keystead.command("cloud", "show", connected)["credential_version"] == 1
    changed = update(second)
    assert (changed["credential_version"], changed["account_number"]) == (2, NUMBER)
    assert changed["principal_arn"].endswith("user/next")
    assert {"us-east-1", "eu-central-1"} <= set(changed["regions"])
    assert "us-east-1" in keystead.text("cloud", "undo", connected)
    restored = keystead.command("cloud", "show", connected)
    assert (restored["credential_version"], restored["principal_arn"][-13:]) == (3, "user/keystead")
    assert keystead.command("cloud", "undo", connected)["principal_arn"].endswith("user/next")
    assert first.key.secret not in keystead.log.read_text()


def test_the_former_key_is_forgotten_once_the_cloud_says_it_is_switched_off(
    cloud: Moto, tenants: Tenants, connected: str
) -> None:
    keystead = tenants.keystead
    cloud.enforce(False)
    user = cloud.user("former")
    cloud.enforce()
    next_key = cloud.client("iam", user.key).create_access_key(UserName="former")["AccessKey"]
    change = ("cloud", "update", connected, "--access-key-id")
    keystead.command(*change, user.key.id, stdin=user.key.secret)
    keystead.command(*change, next_key["AccessKeyId"], stdin=next_key["SecretAccessKey"])
    new = Key(next_key["AccessKeyId"], next_key["SecretAccessKey"])
    cloud.client("iam", new).update_access_key(UserName="former", AccessKeyId=user.key.id, Status="Inactive")

    def is_forgotten() -> bool:
        forgotten = keystead.command("audit", "list", "--event-name", "ForgetCloudCredentials")["events"]
        return any(shown["event"]["requestParameters"]["accessKeyId"] == user.key.id for shown in forgotten)

    wait_until(is_forgotten, 60, "the key that is inactive is forgotten")


def test_a_certificate_goes_with_its_key_or_not_at_all(
    tenants: Tenants, connected: str, tmp_path: Path
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID
    import datetime

    now = datetime.datetime.now(datetime.timezone.utc)

    def write(name: str, days: int) -> tuple[str, str]:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=30))
            .not_valid_after(now + datetime.timedelta(days=days))
            .sign(key, hashes.SHA256())
        )
        pem, private = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return str(pem), str(private)

    good, other, old = write("good", 30), write("other", 30), write("old", -1)
    keystead = tenants.keystead

    def update(certificate: str, private_key: str) -> dict[str, Any]:
        files = ("--certificate-file", certificate, "--private-key-file", private_key)
        return keystead.command("cloud", "update", connected, *files)

    assert "does not belong to the certificate" in refusal(lambda: update(good[0], other[1]))
    assert "ended at" in refusal(lambda: update(*old))
    assert "cannot be read" in refusal(lambda: update(good[1], good[0]))
    assert update(*good)["credential_version"] == 2
    private = Path(good[1]).read_text().splitlines()[1]
    assert private not in json.dumps(keystead.command("cloud", "show", connected))
    assert private not in keystead.text("audit", "list", "-o", "json") + keystead.log.read_text()


def test_deleting_says_what_is_lost_and_asks_for_the_password(tenants: Tenants, connected: str) -> None:
    keystead = tenants.keystead
    with pytest.raises(CommandFailed) as failure:
        keystead.text("cloud", "delete", connected)
    assert "credentials in use" in failure.value.stdout and "AWS_ACCESS_KEY_ID" in failure.value.stdout
    assert "stays as it is" in failure.value.stdout
    wrong = lambda: keystead.command("cloud", "delete", connected, "--yes", stdin="not my password")  # noqa: E731
    refusal(wrong, "not my password")
    assert keystead.command("cloud", "show", connected)["name"] == connected
    deleted = tenants.delete(connected)
    assert {loss["what"].split(",")[0] for loss in deleted["lost"]} >= {"credentials in use", "generated credentials"}
    assert "There is no connected cloud account" in refusal(lambda: keystead.command("cloud", "show", connected))


@pytest.mark.parametrize(
    "verb",
    [
        ("show",),
        ("status",),
        ("probe",),
        ("undo",),
        ("update", "--access-key-id", "AKIAIOSFODNN7EXAMPLE"),
        ("delete", "--yes"),
        ("delete",),
    ],
)
def test_an_account_of_another_tenant_is_as_unknown_as_none(
    tenants: Tenants, connected: str, verb: tuple[str, ...]
) -> None:
    id = tenants.keystead.command("cloud", "show", connected)["cloud_account_id"]
    ids = [connected, id, "11111111-2222-4333-8444-555555555555"]
    told = {
        refusal(
            lambda: tenants.keystead.command(  # noqa: B023
                "cloud", verb[0], name, *verb[1:], key=tenants.second, stdin="x" * 40  # noqa: B023
            )
        ).replace(name, "…")
        for name in ids
    }
    assert told == {"There is no connected cloud account …."}


def test_only_admins_change_what_is_connected(tenants: Tenants, connected: str) -> None:
    keystead = tenants.keystead
    roles = ["admin", "actor", "designer", "observer", "credential_viewer", "security_manager"]
    may = set()
    for role in roles:
        key = keystead.create_user(f"role-{role}")
        arn = f"arn:aws:iam::aws:policy/keystead/{role}"
        keystead.client("iam").attach_user_policy(UserName=f"role-{role}", PolicyArn=arn)
        for verb in [("undo", connected), ("delete", connected, "--yes")]:
            said = refusal(lambda: keystead.command("cloud", *verb, key=key, stdin="x"))  # noqa: B023
            if "not authorized to perform" not in said:
                may.add((role, verb[0]))
    assert may == {("admin", "undo"), ("admin", "delete")}


@pytest.mark.timeout(180)
def test_the_help_names_exactly_what_is_asked(
    cloud: Moto, tenants: Tenants, proxy: FaultyCloud, users: dict[str, CloudUser]
) -> None:
    keystead = tenants.keystead
    help = keystead.command("cloud", "help", "--endpoint", "watched")
    policy = json.loads(json.dumps(help["policy"]))
    named = {action for statement in policy["Statement"] for action in statement["Action"]}
    # moto looks at actions and at no resource.
    for statement in policy["Statement"]:
        statement["Resource"] = "*"
    cloud.enforce(False)
    restricted = cloud.user("restricted", json.dumps(policy))
    cloud.enforce()
    proxy.asked.clear()
    tenants.connect(restricted, "--endpoint", "watched")
    probes = keystead.command("cloud", "probe", "watched")["probes"]
    assert {probe["state"] for probe in probes} == {"ok"}
    assert {probe["service"] for probe in probes} == {
        *("EC2", "STS", "SQS", "RDS", "ELB", "IAM", "S3", "CloudFront")
    }
    keystead.command("cloud", "discover", "watched", "--wait")
    made = ("cloud", "prerequisites", "watched", "--region", "us-east-1", "--security-group", "help")
    keystead.command(*made, "--open", "tcp:22:203.0.113.0/24")
    again = cloud.client("iam", restricted.key).create_access_key(UserName="restricted")["AccessKey"]
    change = ("cloud", "update", "watched", "--access-key-id", again["AccessKeyId"])
    keystead.command(*change, stdin=again["SecretAccessKey"])
    wait_until(lambda: proxy.asked["iam:GetAccessKeyLastUsed"], 30, "the former key is asked after")
    rest = {"s3:GET /": "s3:ListAllMyBuckets", "cloudfront:GET /2020-05-31/distribution": "cloudfront:ListDistributions"}
    asked = {rest.get(action, action) for action in proxy.asked} - {"sts:GetCallerIdentity"}
    rotation = {"iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey"}
    # Deleted is only a key pair whose private key cannot be kept.
    assert asked == named - rotation - {"ec2:DeleteKeyPair"}
    assert "keystead cloud connect --endpoint watched" in keystead.text("cloud", "help", "--endpoint", "watched")
    tenants.delete("watched")


def test_lamps_follow_the_cloud_and_an_alert_is_given_once(
    tenants: Tenants, proxy: FaultyCloud, users: dict[str, CloudUser]
) -> None:
    keystead = tenants.keystead
    tenants.connect(users["keystead"], "--endpoint", "watched")

    def lamps() -> set[tuple[str, str]]:
        regions = keystead.command("cloud", "status", "watched")["regions"]
        return {(region["controller"], region["account"]) for region in regions if region["opted_in"]}

    def events(name: str) -> int:
        return len(keystead.command("audit", "list", "--event-name", name)["events"])

    begun, over = (events(name) for name in ("CloudCredentialsFailing", "CloudCredentialsWorking"))
    wait_until(lambda: lamps() == {("green", "green")}, 30, "all is well")
    not_opted_in = [
        region["region"] for region in keystead.command("cloud", "status", "watched")["regions"] if not region["opted_in"]
    ]
    assert not_opted_in == ["me-south-1"]
    proxy.fault = FAULTS["connection-closed"]
    wait_until(lambda: lamps() == {("red", "unknown")}, 30, "nobody answers")
    proxy.fault = FAULTS["invalid-client-token-id"]
    wait_until(lambda: lamps() == {("green", "red")}, 60, "the key is not accepted")
    wait_until(lambda: keystead.command("cloud", "status", "watched")["failing"], 30, "the alert")
    time.sleep(4)
    assert events("CloudCredentialsFailing") == begun + 1
    wait_until(lambda: tenants.letters("Credentials of a cloud account fail"), 10, "the letter")
    proxy.fault = None
    wait_until(lambda: lamps() == {("green", "green")}, 60, "all is well again")
    wait_until(lambda: events("CloudCredentialsWorking") == over + 1, 10, "the end of the alert")
    assert events("CloudCredentialsFailing") == begun + 1
    status = keystead.command("cloud", "status", "watched")
    assert status["failing"] is None
    wait_until(lambda: tenants.letters("Credentials of a cloud account work again"), 10, "the second letter")
    assert len(tenants.letters("Credentials of a cloud account fail")) == 1
    history = [(change["controller"], change["account"]) for change in status["changes"] if change["region"] == "us-east-1"]
    expected = [("green", "green"), ("green", "red"), ("red", "unknown"), ("green", "green")]
    assert history == expected
    tenants.delete("watched")


def test_a_profile_of_the_aws_tools_is_taken(
    tenants: Tenants, users: dict[str, CloudUser]
) -> None:
    keystead, user = tenants.keystead, users["keystead"]
    folder = keystead.folder / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[lab]\naws_access_key_id = {user.key.id}\naws_secret_access_key = {user.key.secret}\n"
        "[short]\naws_access_key_id = ASIAX\naws_secret_access_key = s\naws_session_token = t\n"
    )
    take = ("cloud", "connect", "--endpoint", "lab", "--from-aws-profile")
    assert "session token" in refusal(lambda: keystead.command(*take, "short"))
    assert keystead.command(*take, "lab")["principal_arn"].endswith("user/keystead")
    tenants.delete("lab")
