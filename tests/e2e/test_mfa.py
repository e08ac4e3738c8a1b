"""Virtual MFA devices by the aws CLI and boto3, with codes that this file reckons by itself (RFC 6238)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from harness.keystead import CommandFailed, Keystead


@dataclass(frozen=True)
class Phone:
    """A virtual device as its owner carries it."""

    serial: str
    seed: bytes

    @classmethod
    def create(cls, keystead: Keystead, name: str) -> Phone:
        made = keystead.client("iam").create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        assert made["QRCodePNG"].startswith(b"\x89PNG\r\n")
        return cls(made["SerialNumber"], made["Base32StringSeed"])

    def code(self, ahead: int) -> str:
        """The code of a step before or after the present one."""
        step = struct.pack(">q", int(time.time()) // 30 + ahead)
        digest = hmac.new(base64.b32decode(self.seed), step, hashlib.sha1).digest()
        (word,) = struct.unpack_from(">I", digest, digest[-1] & 15)
        return f"{(word & 0x7FFFFFFF) % 10**6:06}"

    def codes(self, ahead: int) -> dict[str, str]:
        return {"AuthenticationCode1": self.code(ahead), "AuthenticationCode2": self.code(ahead + 1)}


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str, str]:
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_device_is_enabled_resynchronised_renamed_with_its_user_and_taken_away(
    keystead: Keystead, user_name: str
) -> None:
    iam = keystead.client("iam", attempts=1)
    iam.create_user(UserName=user_name)
    phone = Phone.create(keystead, user_name)
    device = {"SerialNumber": phone.serial}
    assert phone.serial == f"arn:aws:iam::{keystead.account_id}:mfa/{user_name}"

    with pytest.raises(ClientError) as error:
        iam.enable_mfa_device(UserName=user_name, **device, **phone.codes(40))
    assert refused(error) == (403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
    iam.enable_mfa_device(UserName=user_name, **device, **phone.codes(-1))
    with pytest.raises(ClientError) as error:
        iam.enable_mfa_device(UserName=user_name, **device, **phone.codes(0))
    assert refused(error) == (409, "EntityAlreadyExists", "MFA Device is already in use.")
    iam.resync_mfa_device(UserName=user_name, **device, **phone.codes(40))
    with pytest.raises(ClientError) as error:
        iam.resync_mfa_device(UserName=user_name, **device, **phone.codes(39))
    assert refused(error)[:2] == (403, "InvalidAuthenticationCode")

    new_name = f"{user_name}-renamed"
    iam.update_user(UserName=user_name, NewUserName=new_name)
    (listed,) = iam.list_mfa_devices(UserName=new_name)["MFADevices"]
    assert (listed["UserName"], listed["SerialNumber"]) == (new_name, phone.serial)
    shown = iam.get_mfa_device(UserName=new_name, **device)
    assert (shown["UserName"], shown["EnableDate"]) == (new_name, listed["EnableDate"])
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(AssignmentStatus="Assigned")
    (virtual,) = [one for page in pages for one in page["VirtualMFADevices"] if one["SerialNumber"] == phone.serial]
    assert virtual["User"]["UserName"] == new_name
    assert "Base32StringSeed" not in virtual and "QRCodePNG" not in virtual

    with pytest.raises(ClientError) as error:
        iam.delete_user(UserName=new_name)
    assert refused(error) == (409, "DeleteConflict", "Cannot delete entity, must delete MFA device first.")
    with pytest.raises(ClientError) as error:
        iam.delete_virtual_mfa_device(**device)
    assert refused(error)[:2] == (409, "DeleteConflict")
    iam.deactivate_mfa_device(UserName=new_name, **device)
    iam.delete_virtual_mfa_device(**device)
    iam.delete_user(UserName=new_name)


def test_the_aws_cli_writes_the_picture_and_the_seed_to_files(
    keystead: Keystead, user_name: str, tmp_path: Path
) -> None:
    aws = keystead.aws
    aws("iam", "create-user", "--user-name", user_name)
    picture, seed = tmp_path / "code.png", tmp_path / "seed"
    create = ("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name")
    aws(*create, f"{user_name}-1", "--outfile", str(picture), "--bootstrap-method", "QRCodePNG")
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")
    made = aws(*create, f"{user_name}-2", "--outfile", str(seed), "--bootstrap-method", "Base32StringSeed")
    phone = Phone(made["VirtualMFADevice"]["SerialNumber"], seed.read_bytes())
    whose = ("--user-name", user_name, "--serial-number", phone.serial)
    codes = ("--authentication-code1", phone.code(-1), "--authentication-code2", phone.code(0))
    aws("iam", "enable-mfa-device", *whose, *codes)
    aws("iam", "tag-mfa-device", "--serial-number", phone.serial, "--tags", "Key=team,Value=red")
    tags = aws("iam", "list-mfa-device-tags", "--serial-number", phone.serial)["Tags"]
    assert tags == [{"Key": "team", "Value": "red"}]
    aws("iam", "untag-mfa-device", "--serial-number", phone.serial, "--tag-keys", "team")
    aws("iam", "deactivate-mfa-device", *whose)
    aws("iam", "delete-virtual-mfa-device", "--serial-number", phone.serial)


def test_the_root_user_has_devices_that_no_administrator_touches(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    administrator = keystead.create_user("administrator", administrator=True)
    phone = Phone.create(keystead, "root-phone")

    def root_mfa(verb: str, ahead: int) -> tuple[str, ...]:
        return ("root", "mfa", verb, phone.serial, "--code1", phone.code(ahead), "--code2", phone.code(ahead + 1))

    with pytest.raises(CommandFailed) as failure:
        keystead.command(*root_mfa("enable", -1), key=administrator)
    assert "IAM users cannot manage credentials for the AWS account." in failure.value.stderr
    assert keystead.command(*root_mfa("enable", -1)) == {"serial_number": phone.serial}
    keystead.command(*root_mfa("resync", 1))

    iam = keystead.client("iam")
    assert [one["SerialNumber"] for one in iam.list_mfa_devices()["MFADevices"]] == [phone.serial]
    theirs = keystead.client("iam", administrator, attempts=1)
    with pytest.raises(ClientError) as error:
        theirs.delete_virtual_mfa_device(SerialNumber=phone.serial)
    assert refused(error)[:2] == (403, "AccessDenied")
    with pytest.raises(ClientError) as error:
        theirs.deactivate_mfa_device(SerialNumber=phone.serial)
    assert refused(error)[:2] == (404, "NoSuchEntity")
    iam.deactivate_mfa_device(SerialNumber=phone.serial)
    iam.delete_virtual_mfa_device(SerialNumber=phone.serial)


def test_a_seed_is_nowhere_but_in_its_one_reply(
    new_keystead: Callable[[], Keystead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYSTEAD_LOG", "trace")
    keystead = new_keystead()
    keystead.start()
    iam = keystead.client("iam")
    iam.create_user(UserName="alice")
    phone = Phone.create(keystead, "phone")
    iam.enable_mfa_device(UserName="alice", SerialNumber=phone.serial, **phone.codes(-1))
    keystead.stop()
    keystead.start()
    iam.resync_mfa_device(UserName="alice", SerialNumber=phone.serial, **phone.codes(2))
    keystead.stop()
    raw = base64.b32decode(phone.seed)
    forms = [phone.seed, base64.b64encode(phone.seed), raw, raw.hex().encode(), base64.b64encode(raw)]
    kept = [path for path in keystead.folder.rglob("*") if path.is_file()]
    assert keystead.log in kept
    for path in kept:
        text = path.read_bytes()
        assert not [form for form in forms if form in text], path
