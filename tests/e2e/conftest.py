"""Fixtures: an installation to talk to, and a factory for tests that break theirs."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.keystead import Keystead, binary

if TYPE_CHECKING:
    from harness.browser import Browser
    from harness.furnished import Furnished

# What the developer's own shell may say about AWS must not reach the clients under test.
for name in [name for name in os.environ if name.startswith(("AWS_", "KEYSTEAD_")) and name != "KEYSTEAD_BIN"]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def pytest_sessionstart() -> None:
    if not binary().exists():
        pytest.exit(f"{binary()} is missing: run `cargo build --package keystead`", returncode=2)


@pytest.fixture(scope="session")
def keystead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystead]:
    """A running installation that the tests share: each works with users of its own."""
    installation = Keystead(tmp_path_factory.mktemp("keystead"))
    installation.init()
    installation.start()
    yield installation
    installation.close()


@pytest.fixture
def new_keystead(tmp_path: Path) -> Iterator[Callable[[], Keystead]]:
    """Makes installations, initialised but not started, for tests that stop, kill or bend them."""
    made: list[Keystead] = []

    def make() -> Keystead:
        installation = Keystead(tmp_path / f"keystead-{len(made)}")
        made.append(installation)
        installation.init()
        return installation

    yield make
    for installation in made:
        installation.close()


@pytest.fixture
def user_name() -> str:
    """A name nobody has yet."""
    return f"user-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for everything that looks at pages."""
    # Only who looks at pages waits for this.
    from harness.browser import Browser

    chromium = Browser()
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """An account full of things, to be looked at; whoever changes something makes their own for it."""
    from harness.furnished import Furnished

    made = Furnished(tmp_path_factory.mktemp("furnished"))
    yield made
    made.close()
