"""The same server on PostgreSQL: what clients see does not depend on where the data is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from harness.console import signed_in
from harness.keystead import ADMINISTRATOR_ACCESS, Keystead
from harness.pages import crawl
from harness.postgres import Postgres
from harness.process import wait_until
from harness.scene import ENDS, Scene
from harness.signing import form, send, sign
from harness.verifier import ask

HOST = "queue.example.com"
PASSWORD = "correct horse battery staple 1A!"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


@pytest.fixture(scope="module")
def on_postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystead]:
    installation = Keystead(tmp_path_factory.mktemp("keystead"), postgres.create_database("shared"))
    installation.init()
    installation.start()
    yield installation
    installation.close()


def test_the_data_is_in_the_database_and_not_in_the_folder(on_postgres: Keystead) -> None:
    assert {path.name for path in on_postgres.data.iterdir()} == {"master.key", "lock"}


def test_the_aws_cli_creates_lists_and_deletes(on_postgres: Keystead, user_name: str) -> None:
    aws = on_postgres.aws
    aws("iam", "create-user", "--user-name", user_name)
    made = aws("iam", "create-access-key", "--user-name", user_name)["AccessKey"]
    (listed,) = aws("iam", "list-access-keys", "--user-name", user_name)["AccessKeyMetadata"]
    assert (listed["AccessKeyId"], listed["Status"]) == (made["AccessKeyId"], "Active")
    aws("iam", "delete-access-key", "--user-name", user_name, "--access-key-id", made["AccessKeyId"])
    aws("iam", "delete-user", "--user-name", user_name)
    with pytest.raises(ClientError) as error:
        on_postgres.client("iam").get_user(UserName=user_name)
    assert error.value.response["Error"]["Code"] == "NoSuchEntity"


def test_a_key_switched_off_is_refused_on_the_very_next_request(
    on_postgres: Keystead, user_name: str
) -> None:
    key = on_postgres.create_user(user_name)
    sts = on_postgres.client("sts", key, attempts=1)
    sts.get_caller_identity()
    iam = on_postgres.client("iam")
    iam.update_access_key(UserName=user_name, AccessKeyId=key.id, Status="Inactive")
    with pytest.raises(ClientError) as error:
        sts.get_caller_identity()
    assert error.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_the_third_key_of_a_user_is_refused(on_postgres: Keystead, user_name: str) -> None:
    on_postgres.create_user(user_name)
    iam = on_postgres.client("iam")
    iam.create_access_key(UserName=user_name)
    with pytest.raises(ClientError) as error:
        iam.create_access_key(UserName=user_name)
    assert error.value.response["Error"]["Code"] == "LimitExceeded"


def test_a_repeated_request_has_one_effect(on_postgres: Keystead, user_name: str) -> None:
    iam = on_postgres.client("iam")
    iam.create_user(UserName=user_name)
    body = form("CreateAccessKey", UserName=user_name)
    request = sign(on_postgres.root, "iam", on_postgres.port, body)
    assert b"SecretAccessKey" in send(on_postgres.port, request).body
    assert b"SecretAccessKey" not in send(on_postgres.port, request).body
    assert len(iam.list_access_keys(UserName=user_name)["AccessKeyMetadata"]) == 1


def test_an_empty_database_is_no_installation_and_is_not_made_one_by_the_server(
    postgres: Postgres, tmp_path: Path
) -> None:
    stranger = Keystead(tmp_path / "stranger", postgres.create_database("empty"))
    child = stranger.launch()
    assert child.wait_for_end(10) not in (None, 0)
    assert "keystead init" in child.tail()


def test_without_its_database_it_verifies_and_refuses_writes_and_is_back_with_it(tmp_path: Path) -> None:
    with Postgres() as own:
        keystead = Keystead(tmp_path / "keystead", own.create_database("gone"))
        keystead.init()
        keystead.start()
        key = keystead.create_user("someone")
        make = ("verifier", "create", "v", "--service", "sqs", "--host", HOST)
        token = keystead.command(*make)["token"]
        iam = keystead.client("iam", attempts=1)

        def verdict() -> int:
            return ask(keystead, token, sign(key, "sqs", keystead.port, b"{}", host=HOST))[0]

        assert verdict() == 200
        own.kill()
        assert [verdict() for _ in range(5)] == [200] * 5
        with pytest.raises(ClientError) as error:
            iam.create_user(UserName="refused")
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert keystead.is_ready()
        own.start()
        iam.create_user(UserName="accepted")
        assert {user["UserName"] for user in iam.list_users()["Users"]} == {"someone", "accepted"}
        assert verdict() == 200
        assert keystead.stop() == 0


@pytest.mark.timeout(300)
def test_a_rotation_ends_done_and_fails_no_request(postgres: Postgres, tmp_path: Path) -> None:
    with Scene(tmp_path, postgres.create_database("rotation")) as scene:
        scene.set_up()
        scene.start_rotation()
        wait_until(lambda: scene.state() in ENDS, 240, "the rotation ends")
        assert scene.state() == "DONE", scene.rotation()
        assert scene.failures() == []
        assert all(len(application.outcomes()) > 20 for application in scene.applications)


def test_every_page_of_the_console_is_there(on_postgres: Keystead) -> None:
    iam = on_postgres.client("iam")
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password=PASSWORD)
    iam.attach_user_policy(UserName="ann", PolicyArn=ADMINISTRATOR_ACCESS)
    iam.create_access_key(UserName="ann")
    session = signed_in(on_postgres, "ann", PASSWORD)
    # The browser is known from now on.
    assert session.sign_in("ann", PASSWORD).status == 303
    site = crawl(session, "/console")
    assert len(site.pages) > 60
    wrong = {found.address: found.answer.status for found in site.pages.values() if found.answer.status != 200}
    assert wrong == {}
