"""The shell sessions of the documentation, exactly as it prints them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import session
from harness.keystead import AWS_CLI, REPOSITORY, Keystead, binary

PAGES = sorted((REPOSITORY / "docs" / "sessions").glob("*.md"))


# Each command of the aws CLI is a process, slow to start on a busy machine.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_session_goes_as_its_page_says(
    page: Path, new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    keystead = new_keystead()
    keystead.start()
    (tmp_path / "keystead").symlink_to(binary())
    path = os.pathsep.join([str(AWS_CLI.parent), str(tmp_path), os.environ["PATH"]])
    with session.Shell(tmp_path, {**keystead.environment(), "PATH": path}) as shell:
        assert session.run(page, shell) > 0


def test_an_answer_that_differs_from_the_page_is_noticed() -> None:
    values = session.Values()
    assert values.take_from("key <first> is Active\nmade …\n", "key AKIA1 is Active\nmade today\n")
    assert values == {"first": "AKIA1"}
    assert values.put_into("delete <first>") == "delete AKIA1"
    assert not values.take_from("key <first>", "key AKIA2")
    assert not values.take_from("key <first>", "key AKIA1\nand more")
    assert not values.take_from("", "An error occurred")
    assert not values.take_from("<second> and <second>", "a and b")
