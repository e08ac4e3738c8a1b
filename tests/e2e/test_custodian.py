"""Cloud Custodian, unmodified: policies on users by their credentials, carried out for real."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable

import pytest
from harness.authenticator import enable_mfa
from harness.clients import PROGRAMS
from harness.keystead import Key, Keystead

FOLDER = PROGRAMS / "custodian"


def run(keystead: Keystead, policy: str) -> list[str]:
    """Carries out a policy; the names of the users it matched."""
    output = keystead.folder / "custodian"
    subprocess.run(
        [
            *(FOLDER / ".venv" / "bin" / "custodian", "run", "--cache-period", "0"),
            *("--policies", policy, "--output-dir", output, FOLDER / "policies.yml"),
        ],
        env=keystead.environment(),
        check=True,
        timeout=240,
    )
    matched = json.loads((output / policy / "resources.json").read_text())
    return sorted(user["UserName"] for user in matched)


def statuses(keystead: Keystead, user: str) -> dict[str, str]:
    keys = keystead.client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in keys}


def use(keystead: Keystead, *keys: Key) -> None:
    for key in keys:
        keystead.client("sts", key).get_caller_identity()


def create_key(keystead: Keystead, user: str) -> Key:
    """A further key. Custodian tells keys of one user apart by the second they were made in."""
    time.sleep(1.1)
    made = keystead.client("iam").create_access_key(UserName=user)["AccessKey"]
    return Key(made["AccessKeyId"], made["SecretAccessKey"])


@pytest.mark.timeout(300)
def test_unused_keys_are_switched_off_and_inactive_ones_deleted(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start()
    iam = keystead.client("iam")
    busy, half_idle, resting = (keystead.create_user(name) for name in ("busy", "half-idle", "resting"))
    never_used = create_key(keystead, "half-idle")
    use(keystead, busy, half_idle, resting)
    iam.update_access_key(UserName="resting", AccessKeyId=resting.id, Status="Inactive")
    enable_mfa(iam, "busy")

    assert run(keystead, "users-without-mfa") == ["half-idle", "resting"]

    assert run(keystead, "switch-off-unused-keys") == ["half-idle"]
    assert statuses(keystead, "busy") == {busy.id: "Active"}
    assert statuses(keystead, "half-idle") == {half_idle.id: "Active", never_used.id: "Inactive"}
    use(keystead, busy, half_idle)

    assert run(keystead, "delete-inactive-keys") == ["half-idle", "resting"]
    assert statuses(keystead, "busy") == {busy.id: "Active"}
    assert statuses(keystead, "half-idle") == {half_idle.id: "Active"}
    assert statuses(keystead, "resting") == {}
    use(keystead, busy, half_idle)
