"""Starts that cannot succeed: one clear line on stderr and an exit code, never a half-started server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from harness.keystead import Keystead, binary
from harness.process import free_port

MakeKeystead = Callable[[], Keystead]


def refusal(keystead: Keystead, arguments: list[str] | None = None, user: str | None = None) -> str:
    """The one line the server leaves when it does not start."""
    arguments = arguments or keystead.server_arguments()
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False, user=user)
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
    line = refusal(keystead)
    assert str(key_file) in line
    # Advice that would make another installation, and lose this one for good.
    assert "init" not in line
    assert not key_file.exists()


def test_a_key_file_that_is_another_ones_is_refused(new_keystead: MakeKeystead) -> None:
    keystead, other = new_keystead(), new_keystead()
    shutil.copy(other.data / "master.key", keystead.data / "master.key")
    assert "master key" in refusal(keystead)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(new_keystead: MakeKeystead) -> None:
    keystead = new_keystead()
    database = keystead.data / "keystead.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("insert into migrations values (9999, '9999_of_tomorrow', '', 0)")
    before = sha256(database.read_bytes()).hexdigest()
    line = refusal(keystead)
    assert "9999" in line and "newer" in line
    assert sha256(database.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("flag", ["--listen", "--admin-listen"])
def test_plain_http_beyond_loopback_is_refused(new_keystead: MakeKeystead, flag: str) -> None:
    keystead = new_keystead()
    arguments = keystead.server_arguments()
    arguments[arguments.index(flag) + 1] = f"0.0.0.0:{free_port()}"
    assert "TLS" in refusal(keystead, arguments)


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_stop_is_quick_and_leaves_no_gap_in_the_evidence(
    new_keystead: MakeKeystead, number: signal.Signals
) -> None:
    keystead = new_keystead()
    keystead.start()
    keystead.client("sts").get_caller_identity()
    assert keystead.server is not None
    keystead.server.signal(number)
    assert keystead.server.wait_for_end(5) == 0
    keystead.start()
    keystead.stop()
    assert gaps(keystead) == []


def test_a_use_just_before_a_clean_stop_is_known_after_it(new_keystead: MakeKeystead) -> None:
    keystead = new_keystead()
    keystead.start()
    key = keystead.create_user("someone")
    sts = keystead.client("sts", key)
    for _ in range(3):
        sts.get_caller_identity()
    assert keystead.stop() == 0
    keystead.start()
    (use,) = keystead.command("key", "uses", key.id)["consumers"]
    assert (use["service"], use["uses"]) == ("sts", 3)


def test_kill_9_leaves_one_gap_in_the_evidence(new_keystead: MakeKeystead) -> None:
    keystead = new_keystead()
    keystead.start()
    keystead.kill()
    killed_at = time.time()
    keystead.start()
    keystead.stop()
    ((begins, ends),) = gaps(keystead)
    assert begins <= killed_at <= ends


def gaps(keystead: Keystead) -> list[tuple[float, float]]:
    """The gaps in the evidence of a stopped server, in seconds since 1970."""
    with closing(sqlite3.connect(f"file:{keystead.data / 'keystead.db'}?mode=ro", uri=True)) as connection:
        rows = connection.execute("select from_at, to_at from evidence_gaps order by from_at").fetchall()
    return [(begins / 1e6, ends / 1e6) for begins, ends in rows]
