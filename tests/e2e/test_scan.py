"""`keystead scan` finds this installation's keys, and only these, in files, in history and in what is staged."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness.keystead import CommandFailed, Key, Keystead, binary


@pytest.fixture
def owned(new_keystead: Callable[[], Keystead]) -> tuple[str, Key]:
    """A marker and a key of its installation, which does not run."""
    keystead = new_keystead()
    return keystead.command("admin", "marker", *keystead.location)["installation"], keystead.root


def scan(marker: str, *arguments: str, stdin: str = "") -> tuple[int, Any, str]:
    command = [str(binary()), "scan", "--installation", marker, "-o", "json", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout), done.stdout + done.stderr


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_keys_are_found_in_files_and_decoys_are_not(owned: tuple[str, Key], tmp_path: Path) -> None:
    marker, key = owned
    (tmp_path / "deep").mkdir()
    # Somebody else's key, and one of ours with a letter changed.
    changed = ("A" if key.secret[0] != "A" else "B") + key.secret[1:]
    (tmp_path / "decoy").write_text(f"AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n{key.id} {changed}\n")
    assert scan(marker, str(tmp_path))[0] == 0
    (tmp_path / "deep" / ".env").write_text(f"# app\nID={key.id}\nSECRET={key.secret}\n")
    code, result, printed = scan(marker, str(tmp_path))
    (found,) = result["keys"]
    assert (code, found["access_key_id"], found["line"]) == (1, key.id, 3)
    assert found["path"].endswith("deep/.env") and key.secret not in printed
    assert scan("another", str(tmp_path))[0] == 0
    assert scan(marker, "-", stdin=f"{key.id}:{key.secret}")[0] == 1


def test_a_removed_key_is_found_in_history_and_a_new_one_before_it_is_committed(
    owned: tuple[str, Key], tmp_path: Path
) -> None:
    marker, key = owned
    git(tmp_path, "init", "-q")
    (tmp_path / "config").write_text(f"{key.id}\n{key.secret}\n")
    git(tmp_path, "add", ".")
    code, result, _ = scan(marker, "--staged", str(tmp_path))
    assert (code, result["keys"][0]["path"]) == (1, "config")
    git(tmp_path, "commit", "-q", "-m", "one")
    assert scan(marker, "--staged", str(tmp_path))[0] == 0
    (tmp_path / "config").write_text("clean\n")
    git(tmp_path, "commit", "-q", "-a", "-m", "two")
    assert scan(marker, str(tmp_path))[0] == 0
    code, result, _ = scan(marker, "--history", str(tmp_path))
    assert code == 1 and result["keys"][0]["path"].startswith("config at ")


def test_the_server_says_whose_a_found_key_is_and_a_code_host_is_told_its_line(
    new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    keystead = new_keystead()
    marker = keystead.command("admin", "marker", *keystead.location)["installation"]
    keystead.start()
    key = keystead.create_user("app")
    keystead.client("sts", key).get_caller_identity()
    (tmp_path / "one").write_text(f"{key.id} {key.secret}\n")
    found = ("scan", "--installation", marker, str(tmp_path))
    with pytest.raises(CommandFailed) as ended:
        keystead.command(*found, "--owners")
    (shown,) = json.loads(ended.value.stdout)["keys"]
    assert ended.value.code == 1
    assert (shown["owner"], shown["status"]) == ("app", "Active") and shown["last_used_at"]
    with pytest.raises(CommandFailed) as ended:
        keystead.text(*found, "--owners")
    assert "app" in ended.value.stdout and key.secret not in ended.value.stdout
    # Who may not ask about keys is told so, and not that nothing was found.
    with pytest.raises(CommandFailed) as ended:
        keystead.command(*found, "--owners", key=key)
    assert ended.value.code == 4
    with pytest.raises(CommandFailed) as ended:
        keystead.text(*found, "--sarif")
    (result,) = json.loads(ended.value.stdout)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (str(tmp_path / "one"), 1)
    assert key.id in result["message"]["text"] and key.secret not in ended.value.stdout
