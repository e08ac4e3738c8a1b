"""Starts that cannot succeed: one clear line on stderr and an exit code, never a half-started server."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.keystead import Keystead, binary

MakeKeystead = Callable[[], Keystead]


def refusal(keystead: Keystead, user: str | None = None) -> str:
    """The one line the server leaves when it does not start."""
    done = subprocess.run(
        keystead.server_arguments(), capture_output=True, text=True, timeout=20, check=False, user=user
    )
    assert done.returncode != 0
    assert "panicked" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.parametrize("taken", ["port", "admin_port"])
def test_a_taken_port_is_named(new_keystead: MakeKeystead, taken: str) -> None:
    keystead = new_keystead()
    with socket.socket() as other:
        other.bind(("127.0.0.1", getattr(keystead, taken)))
        other.listen()
        assert f"127.0.0.1:{getattr(keystead, taken)}" in refusal(keystead)


def test_a_second_server_on_a_folder_names_the_first(new_keystead: MakeKeystead) -> None:
    keystead = new_keystead()
    keystead.start()
    second = Keystead(keystead.folder)
    assert keystead.server is not None
    line = refusal(second)
    assert str(keystead.data) in line
    assert str(keystead.server.pid) in line


def test_a_key_file_that_others_may_read_is_refused(new_keystead: MakeKeystead) -> None:
    keystead = new_keystead()
    key_file = keystead.data / "master.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key_file.chmod(0o644)
    assert str(key_file) in refusal(keystead)


def test_a_missing_key_file_is_not_replaced_while_there_is_data(new_keystead: MakeKeystead) -> None:
    keystead = new_keystead()
    key_file = keystead.data / "master.key"
    key_file.unlink()
    assert str(key_file) in refusal(keystead)
    assert not key_file.exists()


def test_a_folder_that_cannot_be_written_is_named(new_keystead: MakeKeystead, tmp_path: Path) -> None:
    keystead = new_keystead()
    if os.geteuid() == 0:
        # Root may write anywhere, so another user has to be refused.
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(0o755)
        assert str(keystead.data) in refusal(keystead, user="nobody")
    else:
        keystead.data.chmod(0o555)
        assert str(keystead.data) in refusal(keystead)
        keystead.data.chmod(0o755)


def test_a_folder_without_an_installation_says_how_to_make_one(tmp_path: Path) -> None:
    assert "keystead init" in refusal(Keystead(tmp_path))


def test_an_initialised_folder_is_not_initialised_again(new_keystead: MakeKeystead) -> None:
    keystead = new_keystead()
    again = subprocess.run(
        [str(binary()), "init", "--data", str(keystead.data), "--root-email", "other@example.com"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert again.returncode != 0
    assert str(keystead.data) in again.stderr
    keystead.start()
    assert keystead.client("sts").get_caller_identity()["Account"] == keystead.account_id


def test_a_stop_is_clean_and_quick(new_keystead: MakeKeystead) -> None:
    keystead = new_keystead()
    keystead.start()
    assert keystead.stop() == 0
