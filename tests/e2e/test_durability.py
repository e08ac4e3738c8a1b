"""kill -9 in the middle of work: what was acknowledged is there, what was deleted stays deleted."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from harness.authenticator import code
from harness.certificates import certificate_with_key
from harness.keystead import Keystead

ROUNDS = 200
WRITERS = 4


@dataclass
class Life:
    """A user and its credentials, as far as they were acknowledged."""

    name: str
    former_names: list[str] = field(default_factory=list)
    user_id: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    certificates: dict[str, str] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)
    deleted: bool = False
    # True while an answer is awaited: what the kill left of that is anybody's guess.
    unsure: bool = False


def live(iam: Any, life: Life) -> Iterator[None]:
    """Makes a user, gives it credentials, renames it, takes them away, deletes it. Yields after each answer."""
    life.user_id = iam.create_user(UserName=life.name)["User"]["UserId"]
    yield
    key = iam.create_access_key(UserName=life.name)["AccessKey"]["AccessKeyId"]
    life.keys[key] = "Active"
    yield
    body, _ = certificate_with_key(life.name)
    uploaded = iam.upload_signing_certificate(UserName=life.name, CertificateBody=body)["Certificate"]
    certificate = {"UserName": life.name, "CertificateId": uploaded["CertificateId"]}
    life.certificates[uploaded["CertificateId"]] = "Active"
    yield
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=life.name)["VirtualMFADevice"]
    serial = device["SerialNumber"]
    yield
    step = int(time.time()) // 30
    codes = [code(device["Base32StringSeed"].decode(), step + ahead) for ahead in (0, 1)]
    life.codes = {"AuthenticationCode1": codes[0], "AuthenticationCode2": codes[1]}
    iam.enable_mfa_device(UserName=life.name, SerialNumber=serial, **life.codes)
    life.devices.add(serial)
    yield
    iam.update_user(UserName=life.name, NewUserName=f"{life.name}-renamed")
    life.former_names.append(life.name)
    life.name = certificate["UserName"] = f"{life.name}-renamed"
    yield
    iam.update_signing_certificate(**certificate, Status="Inactive")
    life.certificates[certificate["CertificateId"]] = "Inactive"
    yield
    iam.update_access_key(UserName=life.name, AccessKeyId=key, Status="Inactive")
    life.keys[key] = "Inactive"
    yield
    iam.delete_signing_certificate(**certificate)
    del life.certificates[certificate["CertificateId"]]
    yield
    iam.delete_access_key(UserName=life.name, AccessKeyId=key)
    del life.keys[key]
    yield
    iam.deactivate_mfa_device(UserName=life.name, SerialNumber=serial)
    life.devices.remove(serial)
    yield
    iam.delete_user(UserName=life.name)
    life.deleted = True
    yield


class Writer(threading.Thread):
    """Leads one life after the other until the server goes away; every third is broken off half-way."""

    def __init__(self, iam: Any, prefix: str, chance: random.Random) -> None:
        super().__init__()
        self._iam = iam
        self._prefix = prefix
        self._steps = [chance.randrange(1, 12) for _ in range(100)]
        self.lives: list[Life] = []

    def run(self) -> None:
        for number, steps in enumerate(self._steps):
            life = Life(f"{self._prefix}-{number}", unsure=True)
            self.lives.append(life)
            course = live(self._iam, life)
            try:
                for _ in range(steps if number % 3 == 0 else 12):
                    life.unsure = True
                    next(course)
                    life.unsure = False
            except (BotoCoreError, ClientError):
                return


@pytest.mark.timeout(900)
def test_nothing_acknowledged_is_lost_and_nothing_deleted_returns(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start()
    clients = [keystead.client("iam", attempts=1) for _ in range(WRITERS)]
    chance = random.Random(20261122)
    certain: list[Life] = []
    for round_number in range(ROUNDS):
        writers = [
            Writer(iam, f"r{round_number}-w{number}", chance) for number, iam in enumerate(clients)
        ]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.05, 0.6))
        keystead.kill()
        for writer in writers:
            writer.join()

        keystead.start()
        lives = [life for writer in writers for life in writer.lives if not life.unsure]
        for life in lives:
            check(clients[0], life)
        certain += lives
    # What one round left is still there after all the others.
    for life in chance.sample(certain, min(200, len(certain))):
        check(clients[0], life)
    assert len(certain) > ROUNDS
    assert sum(life.deleted for life in certain) > ROUNDS // 10


def check(iam: Any, life: Life) -> None:
    """Compares what the writer was told with what is there."""
    for name in [*life.former_names, *([life.name] if life.deleted else [])]:
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.get_user(UserName=name)
    if life.deleted:
        return
    user = {"UserName": life.name}
    assert iam.get_user(**user)["User"]["UserId"] == life.user_id
    keys = iam.list_access_keys(**user)["AccessKeyMetadata"]
    assert {key["AccessKeyId"]: key["Status"] for key in keys} == life.keys
    certificates = iam.list_signing_certificates(**user)["Certificates"]
    assert {one["CertificateId"]: one["Status"] for one in certificates} == life.certificates
    devices = iam.list_mfa_devices(**user)["MFADevices"]
    assert {device["SerialNumber"] for device in devices} == life.devices
    for serial in life.devices:
        with pytest.raises(iam.exceptions.InvalidAuthenticationCodeException):
            iam.resync_mfa_device(**user, SerialNumber=serial, **life.codes)
