"""The shell sessions of the documentation, exactly as it prints them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness import session
from harness.keystead import AWS_CLI, REPOSITORY, Keystead, binary
from harness.moto import Moto

PAGES = [*sorted((REPOSITORY / "docs" / "sessions").glob("*.md")), REPOSITORY / "docs" / "rotate.md"]


# Each command of the aws CLI is a process, slow to start on a busy machine.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_session_goes_as_its_page_says(
    page: Path, new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    keystead = new_keystead()
    with ExitStack() as ends:
        variables = cloud(keystead, tmp_path, ends) if "cloud" in page.stem else {}
        keystead.start()
        (tmp_path / "keystead").symlink_to(binary())
        path = os.pathsep.join([str(AWS_CLI.parent), str(tmp_path), os.environ["PATH"]])
        environment = {**keystead.environment(), **variables, "PATH": path}
        shell = ends.enter_context(session.Shell(tmp_path, environment))
        assert session.run(page, shell) > 0


def cloud(keystead: Keystead, folder: Path, ends: ExitStack) -> dict[str, str]:
    """A cloud that the operator has registered, with a user of two keys, as the page on clouds begins."""
    moto = Moto(folder)
    ends.callback(moto.close)
    user = moto.user("keystead")
    made = moto.client("iam").create_access_key(UserName=user.name)["AccessKey"]
    # Its own check of signatures is left off: it refuses every right one for CloudFront, boto3's too.
    for name, secret in (("cloud.secret", user.key.secret), ("new.secret", made["SecretAccessKey"])):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(secret)
    add = ("admin", "endpoint", "add", "lab", *keystead.location)
    keystead.command(*add, "--endpoint-url", moto.url, "--names-owners")
    return {
        "KEY_ID": user.key.id,
        "NEW_KEY_ID": made["AccessKeyId"],
        "OUTBOX": str(keystead.data / "outbox"),
    }


def test_an_answer_that_differs_from_the_page_is_noticed() -> None:
    values = session.Values()
    assert values.take_from("key <first> is Active\nmade …\n", "key AKIA1 is Active\nmade today\n")
    assert values == {"first": "AKIA1"}
    assert values.put_into("delete <first>") == "delete AKIA1"
    assert not values.take_from("key <first>", "key AKIA2")
    assert not values.take_from("key <first>", "key AKIA1\nand more")
    assert not values.take_from("", "An error occurred")
    assert not values.take_from("<second> and <second>", "a and b")
