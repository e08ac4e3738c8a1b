"""The rules in `rules/` find keys of an installation wherever they stand, and nothing that only looks a little like one.

The scanners themselves are Go programs and are not here; their expressions are tried as RE2 reads them.
"""

from __future__ import annotations

import re
import tomllib
import uuid
from pathlib import Path

import pytest
from harness.keystead import REPOSITORY, Key, Keystead

RULES = REPOSITORY / "rules"


def expression(text: str) -> re.Pattern[str]:
    """RE2's `\\z` is Python's `\\Z`, and flags in the middle of an expression need a group of their own."""
    return re.compile(text.replace(r"\z", r"\Z"))


def gitleaks() -> dict[str, re.Pattern[str]]:
    rules = tomllib.loads((RULES / "gitleaks.toml").read_text())["rules"]
    assert all(rule["keywords"] and rule["secretGroup"] == 1 for rule in rules)
    return {rule["id"]: expression(rule["regex"]) for rule in rules}


def trufflehog() -> dict[str, re.Pattern[str]]:
    lines = (RULES / "trufflehog.yaml").read_text().splitlines()
    found = [re.fullmatch(r"\s+(id|secret): '(.*)'", line) for line in lines]
    return {match[1]: expression(match[2]) for match in found if match}


def github() -> re.Pattern[str]:
    lines = (RULES / "github-custom-pattern.txt").read_text().splitlines()
    parts = dict(line.split(": ", 1) for line in lines if ": " in line and line[0] != "#")
    pattern = expression(f"(?:{parts['Before secret']})({parts['Secret format']})(?:{parts['After secret']})")
    assert pattern.search(parts["Test string"])
    return pattern


def shapes(key: Key) -> list[str]:
    return [
        f"[default]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n",
        f'export AWS_ACCESS_KEY_ID={key.id}\nexport AWS_SECRET_ACCESS_KEY="{key.secret}"',
        f'{{"AccessKeyId":"{key.id}","SecretAccessKey":"{key.secret}"}}',
        f"{key.id}:{key.secret}",
    ]


DECOYS = (
    "commit 0123456789abcdef0123456789abcdef01234567",
    "AKIAIOSFODNN7EXAMPLEXX",
    "XAKIAIOSFODNN7EXAMPLE",
    "AKIA0189018901890189",
    "sha512-" + "A1b2C3d4" * 10 + "==",
    "The secret_access_key is 40 characters long.",
)


@pytest.fixture
def keys(keystead: Keystead) -> list[Key]:
    return [keystead.create_user(f"scanned-{uuid.uuid4().hex}") for _ in range(10)]


def test_the_rules_find_keys_in_every_shape_and_no_decoy(keys: list[Key]) -> None:
    leaks, hog, hub = gitleaks(), trufflehog(), github()
    for key in keys:
        for text in shapes(key):
            assert leaks["keystead-access-key-id"].search(text)[1] == key.id
            assert leaks["keystead-secret-access-key"].search(text)[1] == key.secret, text
            assert hog["id"].search(text)[1] == key.id
            assert key.secret in hog["secret"].findall(text), text
            assert hub.search(text)[1] == key.id
    for decoy in DECOYS:
        for pattern in (*leaks.values(), hog["id"], hub):
            assert not pattern.search(decoy), (pattern, decoy)


def test_ids_of_one_account_begin_with_the_same_twelve_characters(keys: list[Key]) -> None:
    assert len({key.id[:12] for key in keys}) == 1


def test_the_documentation_names_every_file_of_rules() -> None:
    text = Path(REPOSITORY / "docs" / "leaks.md").read_text()
    assert all(file.name in text for file in RULES.iterdir())
