"""The data folder's disk is full: writes are refused, everything else goes on, and room mends it.

The folder lies on a small file system of its own, mounted in a mount namespace that only the server is
in, so that nothing of it is left on the machine when the server has ended.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness.keystead import Key, Keystead
from harness.process import wait_until
from harness.signing import sign
from harness.verifier import ask

SIZE = "8m"
HOST = "queue.example.com"
USES = 3
# As root a mount namespace is enough; anyone else needs a user namespace, in which they are root.
UNSHARE = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))
MOUNT = 'mount -t tmpfs -o size="$1",mode=700 tmpfs "$2"'
# Copies the folder onto the small disk, mounts that in its place and becomes the server.
SERVE = f'set -e; {MOUNT}; cp -p "$3"/* "$2"; shift 3; exec "$@"'


@pytest.fixture
def disk_is_small(tmp_path: Path) -> None:
    """Says why when the system does not let us mount, which is no excuse in CI."""
    place = tmp_path / "place"
    place.mkdir()
    tried = subprocess.run([*UNSHARE, "sh", "-c", MOUNT, "sh", SIZE, place], capture_output=True, text=True)
    if tried.returncode != 0:
        reason = f"a small file system cannot be mounted here: {tried.stderr.strip()}"
        pytest.fail(reason) if "CI" in os.environ else pytest.skip(reason)


class FullDisk:
    """An installation on a small disk."""

    def __init__(self, keystead: Keystead) -> None:
        self.keystead = keystead
        saved = keystead.folder / "saved"
        shutil.copytree(keystead.data, saved)
        keystead.launch(prefix=(*UNSHARE, "sh", "-c", SERVE, "sh", SIZE, str(keystead.data), str(saved)))
        assert keystead.server is not None
        keystead.server.wait_until(keystead.is_ready, 30, "Keystead is ready")
        # The data folder as the server sees it.
        inside = Path(f"/proc/{keystead.server.pid}/root")
        self._filler = inside / keystead.data.relative_to("/") / "filler"

    def fill(self) -> None:
        with open(self._filler, "ab", buffering=0) as filler:
            for size in (65536, 4096, 1):
                try:
                    while filler.write(bytes(size)):
                        pass
                except OSError as error:
                    assert error.strerror == "No space left on device"

    def make_room(self) -> None:
        self._filler.unlink()


@pytest.fixture
def full_disk(disk_is_small: None, new_keystead: Callable[[], Keystead]) -> FullDisk:
    return FullDisk(new_keystead())


def test_a_full_disk_stops_writes_and_nothing_else_and_room_mends_it(full_disk: FullDisk) -> None:
    keystead = full_disk.keystead
    iam = keystead.client("iam", attempts=1)
    iam.create_user(UserName="keyless")
    # The second key is used for the first time while there is no room to note that.
    keys = [keystead.create_user("before"), keystead.create_user("unused")]
    make = ("verifier", "create", "v", "--service", "sqs", "--host", HOST)
    token = keystead.command(*make)["token"]
    writes: dict[str, dict[str, str]] = {
        "create_user": {"UserName": "during"},
        "create_access_key": {"UserName": "keyless"},
        "update_access_key": {"UserName": "before", "AccessKeyId": keys[0].id, "Status": "Inactive"},
        "delete_access_key": {"UserName": "unused", "AccessKeyId": keys[1].id},
    }

    full_disk.fill()
    for operation, parameters in writes.items():
        assert refusal(iam, operation, **parameters) == (503, "ServiceUnavailable"), operation
    for _ in range(USES):
        for key in keys:
            assert verify(keystead, token, key) == 200
            assert keystead.client("sts", key, attempts=1).get_caller_identity()["Account"]
        assert user_names(iam) == {"before", "keyless", "unused"}
        assert keystead.is_ready()

    full_disk.make_room()
    wait_until(lambda: refusal(iam, "create_user", UserName="after") is None, 5, "writes succeed again")
    assert keystead.server is not None and keystead.server.exit_code() is None
    # Nothing that was refused was done.
    assert user_names(iam) == {"before", "keyless", "unused", "after"}
    assert iam.list_access_keys(UserName="keyless")["AccessKeyMetadata"] == []
    assert [verify(keystead, token, key) for key in keys] == [200, 200]
    # And what was seen meanwhile is not forgotten.
    uses = keystead.command("key", "uses", keys[1].id)["consumers"]
    assert [use["uses"] for use in uses if use["service"] == "sqs"] == [USES + 1]
    assert keystead.stop() == 0


def user_names(iam: Any) -> set[str]:
    return {user["UserName"] for user in iam.list_users()["Users"]}


def refusal(iam: Any, operation: str, **parameters: str) -> tuple[int, str] | None:
    """How a write is refused, if it is."""
    try:
        getattr(iam, operation)(**parameters)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    return None


def verify(keystead: Keystead, token: str, key: Key) -> int:
    return ask(keystead, token, sign(key, "sqs", keystead.port, b"{}", host=HOST))[0]
