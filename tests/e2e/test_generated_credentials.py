"""Generated credentials: they follow the connection, reach nobody who was not granted them, and cannot be shadowed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.certificates import certificate_with_key
from harness.keystead import CommandFailed, Key, Keystead, binary
from harness.moto import CloudUser, Moto
from harness.workload import Machine

NAMES = ["AWS_ACCESS_KEY_ID", "AWS_ACCOUNT_NUMBER", "AWS_SECRET_ACCESS_KEY"]
PASSWORD = "Correct-Horse-7-Battery"


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Moto]:
    moto = Moto(tmp_path)
    yield moto
    moto.close()


@pytest.fixture
def keystead(cloud: Moto, tmp_path: Path) -> Iterator[Keystead]:
    installation = Keystead(tmp_path / "keystead")
    installation.init()
    installation.command(
        *("admin", "endpoint", "add", "lab", *installation.location), *("--endpoint-url", cloud.url)
    )
    installation.start()
    yield installation
    installation.close()


@pytest.fixture
def owner(cloud: Moto, keystead: Keystead) -> CloudUser:
    """The cloud's user with whose key the account is connected."""
    user = cloud.user("keystead")
    cloud.enforce()
    connect = ("cloud", "connect", "--endpoint", "lab", "--access-key-id", user.key.id)
    keystead.command(*connect, stdin=user.key.secret)
    return user


@pytest.fixture
def machine(keystead: Keystead, tmp_path: Path) -> Machine:
    """The machine of the workload `web` of the deployment `shop`, whose inputs select the key."""
    keystead.command("deployment", "create", "shop")
    keystead.command("workload", "create", "web", "--deployment", "shop")
    made = Machine(keystead, tmp_path)
    made.enroll("web")
    return made


def names(keystead: Keystead, *arguments: str) -> list[str]:
    return [one["name"] for one in keystead.command("credential", "list", *arguments)["stored_credentials"]]


def refused(keystead: Keystead, *arguments: str, key: Key | None = None, stdin: str = "") -> CommandFailed:
    with pytest.raises(CommandFailed) as failure:
        keystead.command(*arguments, key=key, stdin=stdin)
    return failure.value


def select(keystead: Keystead, holder: tuple[str, str] = ("--deployment", "shop"), key: Key | None = None) -> None:
    keystead.command("input", "set", *holder, *(f"{name}=cred:{name}" for name in NAMES), key=key)


def grant(keystead: Keystead, holder: tuple[str, str] = ("--deployment", "shop")) -> None:
    for name in NAMES:
        keystead.command("credential", "grant", name, *holder)


@pytest.mark.timeout(240)
def test_u3_generated_credentials_reach_whom_they_are_granted_and_nobody_after_deletion(
    cloud: Moto, keystead: Keystead, owner: CloudUser, machine: Machine
) -> None:
    assert names(keystead) == []
    assert names(keystead, "--generated") == NAMES

    # Nobody takes or changes one of the names, and nobody is shown a value.
    for name in [*NAMES, "AWS_X509_CERT", "aws_secret_access_key", "AWS_X", "AwsSecretAccessKey", "AWS\u200b_X"]:
        assert refused(keystead, "credential", "create", name, stdin="shadow").code == 2
    assert "is generated" in refused(keystead, "credential", "update", NAMES[2], "--value", stdin="shadow").stderr
    assert "is generated" in refused(keystead, "credential", "restore", NAMES[2], "1").stderr
    member = keystead.create_user("member")
    iam = keystead.client("iam")
    iam.create_login_profile(UserName="member", Password=PASSWORD)
    for role in ("designer", "credential_viewer", "observer"):
        iam.attach_user_policy(UserName="member", PolicyArn=f"arn:aws:iam::aws:policy/keystead/{role}")
    hidden = refused(keystead, "credential", "reveal", NAMES[2], key=member, stdin=PASSWORD)
    assert hidden.code == 4 and "shown to nobody" in hidden.stderr

    # Selecting one takes the right to grant it, and delivers nothing until it is granted.
    denied = refused(keystead, "input", "set", "--workload", "web", f"X=cred:{NAMES[0]}", key=member)
    assert denied.code == 4 and "keystead:GrantStoredCredential" in denied.stderr
    select(keystead)
    assert f"the generated credential {NAMES[0]} is granted neither" in machine.inputs()
    grant(keystead)
    expected = dict(zip(NAMES, [owner.key.id, cloud.number, owner.key.secret], strict=True))
    assert machine.inputs() == expected
    shown = keystead.command("credential", "show", NAMES[2])
    assert shown["granted_to"] == [{"deployment": "shop"}] and shown["kind"] == "generated"
    assert shown["used_by"] == [{"deployment": "shop", "input": NAMES[2]}]

    # It works at the cloud, and follows a change of the connection at once.
    client = f"import boto3; print(boto3.client('sts', endpoint_url='{cloud.url}', region_name='us-east-1')"
    script = f"{client}.get_caller_identity()['Arn'])"
    done = machine.run("exec", "--", sys.executable, "-c", script)
    assert done.stdout.strip().endswith("user/keystead"), done.stderr
    made = cloud.client("iam", owner.key).create_access_key(UserName="keystead")["AccessKey"]
    keystead.command("cloud", "update", "lab", "--access-key-id", made["AccessKeyId"], stdin=made["SecretAccessKey"])
    assert machine.inputs() == {**expected, NAMES[0]: made["AccessKeyId"], NAMES[2]: made["SecretAccessKey"]}
    reads = keystead.command("credential", "reads", NAMES[2])["reads"]
    assert [one["version"] for one in reads] == [2, 1, 1]

    # A run that is queued when they are deleted is given nothing, whatever else becomes right.
    keystead.command("workload", "update", "web", "--require", "LATE")
    wait = ("exec", "--wait", "60", "--", "sh", "-c", "echo $LATE; env | grep -c ^AWS_; sleep 60")
    queued = subprocess.Popen(
        [str(binary()), *wait], env=machine.environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        for name in NAMES:
            keystead.command("credential", "delete", name)
        keystead.command("input", "set", "--workload", "web", "LATE=text:late")
        assert f"there is no stored credential {NAMES[0]}" in machine.inputs()
        # The connection does not need them. Made again they are nobody's, until somebody grants them.
        assert keystead.command("cloud", "probe", "lab")
        keystead.command("credential", "regenerate", "lab")
        assert names(keystead, "--generated") == NAMES
        assert "is granted neither" in machine.inputs()
        time.sleep(2.5)
        assert queued.poll() is None
        assert keystead.command("credential", "reads", NAMES[2])["reads"] == []
        grant(keystead, ("--workload", "web"))
        assert queued.stdout is not None and queued.stdout.readline() == "late\n"
        assert queued.stdout.readline() == "3\n"
    finally:
        queued.kill()
        queued.wait()
    for name in NAMES:
        keystead.command("credential", "revoke-grant", name, "--workload", "web")
    assert "is granted neither" in machine.inputs()
    assert refused(keystead, "credential", "revoke-grant", NAMES[0], "--workload", "web").code == 3


def test_u3_no_answer_after_a_deletion_holds_the_secret(
    keystead: Keystead, owner: CloudUser, machine: Machine
) -> None:
    select(keystead)
    grant(keystead)
    given: list[tuple[float, bool]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            began = time.monotonic()
            given.append((began, owner.key.secret in json.dumps(machine.inputs())))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    keystead.command("credential", "delete", NAMES[2])
    deleted = time.monotonic()
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join()
    assert any(secret for began, secret in given if began < deleted)
    after = [secret for began, secret in given if began > deleted]
    assert after and not any(after)


def test_a_certificate_brings_its_own_and_deletion_of_the_connection_takes_all(
    keystead: Keystead, owner: CloudUser, machine: Machine, tmp_path: Path
) -> None:
    keystead.command("credential", "delete", "AWS_ACCOUNT_NUMBER")
    certificate, private_key = certificate_with_key("keystead.test")
    (tmp_path / "cert.pem").write_text(certificate)
    (tmp_path / "key.pem").write_text(private_key)
    files = ("--certificate-file", str(tmp_path / "cert.pem"), "--private-key-file", str(tmp_path / "key.pem"))
    keystead.command("cloud", "update", "lab", "--access-key-id", owner.key.id, *files, stdin=owner.key.secret)
    wanted = ["AWS_X509_CERT", "AWS_X509_KEY"]
    assert names(keystead, "--generated") == [NAMES[0], NAMES[2], *wanted], "what was deleted stays so"
    keystead.command("input", "set", "--workload", "web", *(f"{name}=cred:{name}" for name in wanted))
    for name in wanted:
        keystead.command("credential", "grant", name, "--workload", "web")
    assert [text.strip() for text in machine.inputs().values()] == [certificate.strip(), private_key.strip()]
    keystead.command("credential", "regenerate", "lab")
    assert names(keystead, "--generated") == [*sorted([*NAMES, *wanted])]

    admin = keystead.create_user("admin", administrator=True)
    keystead.client("iam").create_login_profile(UserName="admin", Password=PASSWORD)
    keystead.command("cloud", "delete", "lab", "--yes", key=admin, stdin=PASSWORD)
    assert names(keystead, "--generated") == []
    assert "there is no stored credential AWS_X509_CERT" in machine.inputs()
