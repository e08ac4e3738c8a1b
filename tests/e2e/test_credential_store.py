"""Stored credentials: their whole life, who may do what with them, and that their values stay where they belong."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.keystead import CommandFailed, Key, Keystead
from harness.workload import Machine

PASSWORD = "Correct-Horse-7-Battery"


def name_of(what: str) -> str:
    return f"{what}.{uuid.uuid4().hex[:8]}"


def member(keystead: Keystead, *roles: str) -> Key:
    """A user with some of the shipped roles and a password."""
    name = f"member-{uuid.uuid4().hex[:10]}"
    key = keystead.create_user(name)
    iam = keystead.client("iam")
    iam.create_login_profile(UserName=name, Password=PASSWORD)
    for role in roles:
        iam.attach_user_policy(UserName=name, PolicyArn=f"arn:aws:iam::aws:policy/keystead/{role}")
    return key


def refused(keystead: Keystead, *arguments: str, key: Key | None = None, stdin: str = "") -> CommandFailed:
    with pytest.raises(CommandFailed) as failure:
        keystead.command(*arguments, key=key, stdin=stdin)
    return failure.value


def reveal(keystead: Keystead, name: str, key: Key, *arguments: str, password: str = PASSWORD) -> str:
    shown = keystead.command("credential", "reveal", name, *arguments, key=key, stdin=password)
    return str(shown["secret_value"])


def test_a_credential_lives_from_its_making_to_its_end(keystead: Keystead) -> None:
    viewer = member(keystead, "credential_viewer", "observer")
    name = name_of("db.password")
    made = keystead.command(
        *("credential", "create", name, "--description", "the orders database", "--tag", "team=orders"), stdin="first\n"
    )
    assert (made["version"], made["kind"], made["expired"]) == (1, "user", False)
    assert "secret_value" not in made
    assert reveal(keystead, name, viewer) == "first"
    assert keystead.text("credential", "reveal", name, key=viewer, stdin=PASSWORD) == "first\n"

    assert keystead.command("credential", "update", name, "--value", stdin="second\nline")["version"] == 2
    assert keystead.command("credential", "update", name, "--description", "another")["version"] == 2
    assert reveal(keystead, name, viewer) == "second\nline"
    assert reveal(keystead, name, viewer, "--version-number", "1") == "first"
    assert keystead.command("credential", "restore", name, "1")["version"] == 3
    assert reveal(keystead, name, viewer) == "first"

    versions = keystead.command("credential", "versions", name)["versions"]
    assert [(one["version"], one["restored_from"]) for one in versions] == [(3, 1), (2, None), (1, None)]
    reads = keystead.command("credential", "reads", name)["reads"]
    assert [one["version"] for one in reads] == [3, 1, 2, 1, 1]
    assert {one["reader"].rsplit("/", 1)[0] for one in reads} == {f"arn:aws:iam::{keystead.account_id}:user"}
    shown = keystead.command("credential", "show", name)
    assert (shown["description"], shown["tags"], shown["reads"]) == ("another", {"team": "orders"}, 5)
    assert shown["last_read_by"] == reads[0]["reader"] and shown["last_read_at"] == reads[0]["read_at"]
    assert name in [one["name"] for one in keystead.command("credential", "list")["stored_credentials"]]

    keystead.command("credential", "delete", name)
    assert refused(keystead, "credential", "show", name).code == 3
    assert refused(keystead, "credential", "reveal", name, key=viewer, stdin=PASSWORD).code == 3
    events = keystead.command("audit", "list", "--limit", "100")["events"]
    told = [one for one in events if name in json.dumps(one)]
    names = {one["event"]["eventName"] for one in told}
    wanted = {"Create", "Update", "Restore", "Reveal", "Delete"}
    assert names >= {f"{verb}StoredCredential" for verb in wanted}
    assert "second" not in json.dumps(told)


def test_twenty_versions_are_kept_and_names_and_values_have_bounds(keystead: Keystead, tmp_path: Path) -> None:
    viewer = member(keystead, "credential_viewer")
    name = name_of("many")
    keystead.command("credential", "create", name, stdin="v1")
    for number in range(2, 23):
        keystead.command("credential", "update", name, "--value", stdin=f"v{number}")
    versions = keystead.command("credential", "versions", name)["versions"]
    assert [one["version"] for one in versions] == list(range(22, 2, -1))
    gone = refused(keystead, "credential", "restore", name, "2")
    assert gone.code == 3 and "the newest is 22" in gone.stderr

    large = tmp_path / "large"
    large.write_text("x" * 65_503 + "\n")
    keystead.command("credential", "update", name, "--file", str(large))
    assert reveal(keystead, name, viewer) == large.read_text()
    large.write_text("x" * 65_505)
    assert "65,504 bytes" in refused(keystead, "credential", "update", name, "--file", str(large)).stderr
    for value, why in [(" \t\n", "blank"), ("", "blank"), ("a\0b", "zero byte")]:
        told = refused(keystead, "credential", "create", name_of("n"), stdin=value).stderr
        assert "`secret_value`" in told and why in told
    exists = refused(keystead, "credential", "create", name, stdin="v")
    assert exists.code == 5 and name in exists.stderr
    # Compared exactly: another case is another name, a part of a name is none.
    keystead.command("credential", "create", name.upper(), stdin="V")
    assert refused(keystead, "credential", "show", name[:-1]).code == 3
    assert "`expires_at`" in refused(keystead, "credential", "update", name, "--expires-at", "tomorrow").stderr


def test_the_password_is_asked_and_a_wrong_one_shows_nothing(keystead: Keystead) -> None:
    viewer = member(keystead, "credential_viewer")
    name = name_of("asked")
    keystead.command("credential", "create", name, stdin="value-nobody-sees")
    wrong = refused(keystead, "credential", "reveal", name, key=viewer, stdin="wrong password")
    assert wrong.code == 4 and "password is incorrect" in wrong.stderr
    # The root user here has no password to give.
    assert "you have none" in refused(keystead, "credential", "reveal", name, stdin=PASSWORD).stderr
    assert keystead.command("credential", "reads", name)["reads"] == []


def test_roles_may_what_rightscales_could(keystead: Keystead, tmp_path: Path) -> None:
    actor, designer = member(keystead, "actor", "observer"), member(keystead, "designer", "observer")
    viewer, observer = member(keystead, "credential_viewer"), member(keystead, "observer")
    admin = member(keystead, "admin")
    name, workload = name_of("role"), name_of("workload")
    keystead.command("credential", "create", name, key=designer, stdin="s3cr3t-of-roles")
    keystead.command("credential", "update", name, "--value", key=actor, stdin="s3cr3t-of-roles")
    for key in (viewer, observer):
        assert refused(keystead, "credential", "create", name_of("x"), key=key, stdin="v").code == 4
        assert refused(keystead, "credential", "delete", name, key=key).code == 4
    for key in (viewer, admin):
        assert reveal(keystead, name, key) == "s3cr3t-of-roles"
    for key in (actor, designer, observer):
        assert refused(keystead, "credential", "reveal", name, key=key, stdin=PASSWORD).code == 4
        assert "s3cr3t-of-roles" not in keystead.text("credential", "show", name, key=key)

    # Selecting without seeing: actor and designer; the workload gets it.
    keystead.command("workload", "create", workload, key=actor)
    for key in (viewer, observer, admin):
        one = ("input", "set", "--workload", workload, f"TOKEN=cred:{name}")
        assert refused(keystead, *one, key=key).code == 4
    keystead.command("input", "set", "--workload", workload, f"TOKEN=cred:{name}", key=designer)
    machine = Machine(keystead, tmp_path)
    machine.enroll(workload, key=actor)
    assert machine.inputs() == {"TOKEN": "s3cr3t-of-roles"}


def test_a_credential_may_be_used_by_those_only_whom_a_policy_lets(keystead: Keystead) -> None:
    name, other, workload = name_of("mine"), name_of("theirs"), name_of("w")
    key = member(keystead)
    arn = f"arn:aws:keystead::{keystead.account_id}"
    statement = {"Effect": "Allow", "Action": "keystead:UseStoredCredential", "Resource": f"{arn}:stored-credential/{name}"}
    inputs = {"Effect": "Allow", "Action": "keystead:UpdateInputs", "Resource": f"{arn}:workload/{workload}"}
    user = keystead.client("sts", key).get_caller_identity()["Arn"].rsplit("/", 1)[1]
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement, inputs]})
    keystead.client("iam").put_user_policy(UserName=user, PolicyName="uses", PolicyDocument=document)
    keystead.command("workload", "create", workload)
    for one in (name, other):
        keystead.command("credential", "create", one, stdin="v")
    keystead.command("input", "set", "--workload", workload, f"A=cred:{name}", key=key)
    for source in (f"cred:{other}", f'array:["text:a","cred:{other}"]'):
        denied = refused(keystead, "input", "set", "--workload", workload, f"B={source}", key=key)
        assert denied.code == 4 and "keystead:UseStoredCredential" in denied.stderr
    assert [one["name"] for one in keystead.command("input", "list", "--workload", workload)["inputs"]] == ["A"]


def test_an_expired_credential_is_marked_and_not_delivered(keystead: Keystead, tmp_path: Path) -> None:
    name, workload = name_of("short"), name_of("w")
    soon = datetime.now(UTC) + timedelta(seconds=3)
    made = keystead.command("credential", "create", name, "--expires-at", soon.isoformat(), stdin="v")
    assert not made["expired"]
    keystead.command("workload", "create", workload)
    keystead.command("input", "set", "--workload", workload, f"A=cred:{name}")
    machine = Machine(keystead, tmp_path)
    machine.enroll(workload)
    assert machine.inputs() == {"A": "v"}
    time.sleep(max(0, (soon - datetime.now(UTC)).total_seconds()) + 0.2)
    assert keystead.command("credential", "show", name)["expired"]
    assert f"A: the stored credential {name} expired at" in machine.inputs()
    keystead.command("credential", "update", name, "--expires-at", "never")
    assert machine.inputs() == {"A": "v"}


def test_nothing_of_another_account_is_there(new_keystead) -> None:  # noqa: ANN001
    keystead = new_keystead()
    other = Key.of_root(keystead.account("create", "--root-email", "other@example.com", "--root-key"))
    keystead.start()
    keystead.command("credential", "create", "ours", stdin="v1")
    keystead.command("credential", "update", "ours", "--value", stdin="v2")
    keystead.command("deployment", "create", "shop")
    keystead.command("workload", "create", "web", "--deployment", "shop")
    keystead.command("input", "set", "--workload", "web", "A=cred:ours")
    for arguments in [
        *(("credential", verb, "ours") for verb in ("show", "versions", "reads", "delete")),
        *(("credential", "restore", "ours", "1"), ("credential", "update", "ours", "--description", "x")),
        *(("credential", verb, "ours", "--workload", "web") for verb in ("grant", "revoke-grant")),
        ("credential", "regenerate", "lab"),
        *(("workload", verb, "web") for verb in ("show", "enroll", "delete")),
        *(("workload", "update", "web", "--require-none"), ("workload", "list", "--deployment", "shop")),
        *(("workload", "create", "mine", "--deployment", "shop"), ("deployment", "delete", "shop")),
        *(("input", "list", "--workload", "web"), ("input", "list", "--deployment", "shop")),
        *(("input", "set", f"--{holder}", "A=text:x") for holder in ("workload=web", "deployment=shop")),
    ]:
        assert refused(keystead, *arguments, key=other).code == 3, arguments
    for group in ("credential", "workload", "deployment"):
        (members,) = keystead.command(group, "list", key=other).values()
        assert members == []
    keystead.command("workload", "create", "web", key=other)
    missing = refused(keystead, "input", "set", "--workload", "web", "A=cred:ours", key=other)
    assert missing.code == 3 and "`A`" in missing.stderr
    shown = keystead.command("credential", "show", "ours")
    assert shown["version"] == 2 and shown["used_by"] == [{"workload": "web", "input": "A"}]


def test_look_alikes_of_generated_names_cannot_be_taken(keystead: Keystead) -> None:
    for name in [
        *("AWS_ACCESS_KEY_ID", "aws_access_key_id", "AWS_X", "aWs_x", "AWS-ACCESS-KEY-ID", "AwsAccessKeyId"),
        *("AWS.X509.CERT", "aws@x509,key", "awssecretaccesskey", "AWS_"),
        # Cyrillic, full width, a small I without a dot, an invisible letter.
        *("\u0410WS_ACCESS_KEY_ID", "\uff21WS_X", "AWS_ACCESS_KEY_\u0131D", "AWS\u200b_ACCESS_KEY_ID"),
    ]:
        told = refused(keystead, "credential", "create", name, stdin="v")
        assert told.code == 2 and "`name`" in told.stderr, name
