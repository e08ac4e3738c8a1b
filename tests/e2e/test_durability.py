"""kill -9 in the middle of work: what was acknowledged is there, what was deleted stays deleted."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from harness.keystead import Keystead

ROUNDS = 20
WRITERS = 4


class Writer(threading.Thread):
    """Creates users with a key, and deletes every third again, until the server goes away."""

    def __init__(self, keystead: Keystead, name: str) -> None:
        super().__init__()
        self._iam = keystead.client("iam", attempts=1)
        self._prefix = name
        self.present: dict[str, str] = {}
        self.absent: set[str] = set()

    def run(self) -> None:
        try:
            for number in range(10_000):
                self._one(f"{self._prefix}-{number}", delete=number % 3 == 2)
        except (BotoCoreError, ClientError):
            return

    def _one(self, user: str, delete: bool) -> None:
        self._iam.create_user(UserName=user)
        key = self._iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
        if delete:
            self._iam.delete_access_key(UserName=user, AccessKeyId=key)
            self.absent.add(key)
        else:
            self.present[user] = key


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_and_nothing_deleted_returns(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start()
    chance = random.Random(20261122)
    acknowledged = 0
    for round_number in range(ROUNDS):
        writers = [Writer(keystead, f"r{round_number}-w{writer}") for writer in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.05, 0.4))
        keystead.kill()
        for writer in writers:
            writer.join()

        keystead.start()
        acknowledged += check(keystead, writers)
    assert acknowledged > ROUNDS


def check(keystead: Keystead, writers: list[Writer]) -> int:
    """Compares what the writers were told with what is there; how many keys that was."""
    iam = keystead.client("iam")
    count = 0
    for writer in writers:
        for user, key in writer.present.items():
            found = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
            assert [item["AccessKeyId"] for item in found] == [key]
            count += 1
        for key in writer.absent:
            with pytest.raises(ClientError):
                iam.get_access_key_last_used(AccessKeyId=key)
            count += 1
    return count
