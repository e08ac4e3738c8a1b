"""`keystead key import`: keys made at AWS, at moto or at MinIO work here as they did there."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from harness.keystead import REGION, CommandFailed, Key, Keystead
from harness.process import Child, free_port, wait_until

# Made up, in the form of AWS's; the ids carry an account that is not here.
KEYS = [
    Key("AKIARZPUZDIKGB2VALC4", "kOq0vLBm6XvHqk1t8Zq1yq7m3N5w/9aQpXe2LrTu"),
    Key("AKIARZPUZDIKHR54CXWF", "Zt4mC0yq7nQw8sVb+5hJkLpR2dXe1GfTa3UoNiYc"),
    Key("AKIARZPUZDIKJS77XJ6C", "m9XvB2nQ4wErT6yU8iOp/AsDfGhJkLzXcVbNm135"),
]


@pytest.fixture
def fresh(new_keystead: Callable[[], Keystead]) -> Iterator[Keystead]:
    """A running installation without users."""
    keystead = new_keystead()
    keystead.start()
    yield keystead


@pytest.fixture
def moto(tmp_path: Path) -> Iterator[str]:
    """The address of a moto server."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    program = [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with Child("moto", program, tmp_path / "moto.log", environment=dict(os.environ)) as server:

        def answers() -> bool:
            try:
                return urllib.request.urlopen(f"{url}/moto-api/data.json").status == 200
            except OSError:
                return False

        server.wait_until(answers, 60, "moto answers")
        yield url


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def credentials_csv(path: Path, *rows: tuple[str, Key]) -> str:
    """A file as the console gives it: with a mark of its encoding, and lines that end as on Windows."""
    lines = ["User name,Access key ID,Secret access key"]
    lines += [f"{name},{key.id},{key.secret}" for name, key in rows]
    return write(path, "\ufeff" + "\r\n".join([*lines, ""]))


def who(keystead: Keystead, key: Key) -> str:
    return keystead.client("sts", key, attempts=1).get_caller_identity()["Arn"]


def test_keys_of_aws_work_here_and_are_keys_like_any_other(fresh: Keystead, tmp_path: Path) -> None:
    file = credentials_csv(tmp_path / "credentials.csv", ("alice", KEYS[0]), ("bob", KEYS[1]))
    said = fresh.command("key", "import", "--create-users", "--dry-run", file)
    assert (said["imported"], said["users_created"], said["dry_run"]) == (2, 2, True)
    assert fresh.client("iam").list_users()["Users"] == []

    said = fresh.text("key", "import", "--create-users", file)
    assert said == "Keys imported: 2, there already: 0, refused: 0. New users: 2.\n"
    account = fresh.account_id
    assert who(fresh, KEYS[0]) == f"arn:aws:iam::{account}:user/alice"
    assert fresh.aws("sts", "get-caller-identity", key=KEYS[1])["Arn"] == f"arn:aws:iam::{account}:user/bob"
    assert fresh.client("sts").get_access_key_info(AccessKeyId=KEYS[0].id)["Account"] == account

    again = fresh.command("key", "import", "--create-users", file)
    assert (again["imported"], again["unchanged"], again["users_created"], again["refused"]) == (0, 2, 0, [])
    trail = fresh.text("audit", "list", "--event-name", "ImportAccessKey", "-o", "json")
    assert KEYS[0].id in trail and KEYS[0].secret not in trail

    # A second key beside it, and the imported one retired: a rotation by hand.
    iam = fresh.client("iam")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    iam.update_access_key(UserName="alice", AccessKeyId=KEYS[0].id, Status="Inactive")
    with pytest.raises(ClientError):
        who(fresh, KEYS[0])
    iam.delete_access_key(UserName="alice", AccessKeyId=KEYS[0].id)
    assert who(fresh, Key(made["AccessKeyId"], made["SecretAccessKey"])).endswith("user/alice")


def test_an_imported_key_is_rotated(fresh: Keystead, tmp_path: Path) -> None:
    fresh.command("key", "import", "--create-users", credentials_csv(tmp_path / "c.csv", ("app", KEYS[0])))
    whose = ("--user-name", "app", "--access-key-id", KEYS[0].id, "--profile", "demo")
    fresh.command("managed", "adopt", "app", *whose, stdin=KEYS[0].secret)
    rotation_id = fresh.command("rotate", "start", "app")["rotation_id"]

    def is_done() -> bool:
        return fresh.command("rotate", "status", rotation_id)["state"] == "done"

    wait_until(is_done, 90, "the rotation ends")
    (left,) = fresh.client("iam").list_access_keys(UserName="app")["AccessKeyMetadata"]
    assert left["AccessKeyId"] != KEYS[0].id
    with pytest.raises(ClientError):
        who(fresh, KEYS[0])


def test_the_state_of_moto_is_taken_over(fresh: Keystead, moto: str) -> None:
    there = boto3.client("iam", REGION, endpoint_url=moto, aws_access_key_id="x", aws_secret_access_key="y")
    keys: dict[str, Key] = {}
    for name, path in [("alice", "/app/"), ("bob", "/")]:
        there.create_user(UserName=name, Path=path)
        made = there.create_access_key(UserName=name)["AccessKey"]
        keys[name] = Key(made["AccessKeyId"], made["SecretAccessKey"])
    there.update_access_key(UserName="bob", AccessKeyId=keys["bob"].id, Status="Inactive")
    with urllib.request.urlopen(f"{moto}/moto-api/data.json") as reply:
        state = reply.read().decode()
    said = fresh.command("key", "import", "--create-users", "-", stdin=state)
    assert (said["imported"], said["refused"]) == (2, [])
    assert who(fresh, keys["alice"]) == f"arn:aws:iam::{fresh.account_id}:user/app/alice"
    with pytest.raises(ClientError):
        who(fresh, keys["bob"])
    fresh.client("iam").update_access_key(UserName="bob", AccessKeyId=keys["bob"].id, Status="Active")
    who(fresh, keys["bob"])


def test_an_export_of_minio_is_taken_over_where_its_ids_are_awss(fresh: Keystead, tmp_path: Path) -> None:
    accounts = {
        KEYS[0].id: {"parent": "alice", "accessKey": KEYS[0].id, "secretKey": KEYS[0].secret, "status": "on"},
        "5XF3ZHNZK6FBDWH9JMLX": {"parent": "alice", "secretKey": KEYS[1].secret, "status": "on"},
        KEYS[2].id: {"parent": "bob", "secretKey": KEYS[2].secret, "expiration": "2030-01-01T00:00:00Z"},
    }
    file = write(tmp_path / "svcaccts.json", json.dumps(accounts))
    with pytest.raises(CommandFailed) as error:
        fresh.text("key", "import", "--create-users", file)
    assert error.value.code == 7 and "2 keys were refused." in error.value.stderr
    assert who(fresh, KEYS[0]).endswith("user/alice")
    assert [user["UserName"] for user in fresh.client("iam").list_users()["Users"]] == ["alice"]


def run(keystead: Keystead, *arguments: str) -> dict[str, Any]:
    """A command that does part of its work: its answer all the same."""
    with pytest.raises(CommandFailed) as error:
        keystead.command(*arguments)
    assert error.value.code == 7
    return json.loads(error.value.stdout)


def test_what_is_refused_is_told_line_by_line_and_the_rest_goes_on(fresh: Keystead, tmp_path: Path) -> None:
    theirs = fresh.create_user("theirs")
    rows = [
        ("alice", KEYS[0]),
        ("alice", Key(theirs.id, KEYS[1].secret)),
        ("alice", Key(KEYS[1].id, "too-short")),
        ("alice", KEYS[1]),
        ("alice", KEYS[2]),
        ("swapped", Key(KEYS[2].secret, KEYS[2].id)),
        ("bob", KEYS[2]),
    ]
    file = credentials_csv(tmp_path / "credentials.csv", *rows)
    # Without leave to make users, there is nobody to give a key to.
    first = run(fresh, "key", "import", "--stop-on-error", file)
    assert [one["at"] for one in first["refused"]] == ["line 2"]
    assert first["refused"][0]["reason"] == "The user with name alice cannot be found."

    said = run(fresh, "key", "import", "--create-users", file)
    assert (said["imported"], said["users_created"]) == (3, 2)
    reasons = {one["at"]: one["reason"] for one in said["refused"]}
    assert list(reasons) == ["line 3", "line 4", "line 6", "line 7"]
    assert "is taken" in reasons["line 3"]
    assert "`secret_access_key` must have 16 to 128" in reasons["line 4"]
    assert reasons["line 6"] == "Cannot exceed quota for AccessKeysPerUser: 2"
    assert "`access_key_id`" in reasons["line 7"]
    assert not any(key.secret in json.dumps(said) for key in KEYS)
    assert who(fresh, KEYS[2]).endswith("user/bob")
    assert not any(key.secret in fresh.log.read_text() for key in KEYS)


def test_a_key_that_may_not_import_stops_at_once(fresh: Keystead, tmp_path: Path) -> None:
    nobody = fresh.create_user("nobody")
    file = credentials_csv(tmp_path / "credentials.csv", ("alice", KEYS[0]), ("bob", KEYS[1]))
    with pytest.raises(CommandFailed) as error:
        fresh.command("key", "import", "--create-users", file, key=nobody)
    assert error.value.code == 4 and "keystead:ImportAccessKey" in error.value.stderr
