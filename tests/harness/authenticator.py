"""A user's authenticator app: the codes of RFC 6238 from the seed of a virtual device."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

STEP_SECONDS = 30


def code(seed: str, step: int) -> str:
    """The six digits of one step."""
    mac = hmac.digest(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1)
    (number,) = struct.unpack_from(">I", mac, mac[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def enable_mfa(iam: Any, user: str) -> str:
    """Gives a user a virtual device, by the codes of the two steps before this one, so that this one's is good still; its
    seed."""
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    seed, step = device["Base32StringSeed"].decode(), int(time.time()) // STEP_SECONDS
    iam.enable_mfa_device(
        UserName=user,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=code(seed, step - 2),
        AuthenticationCode2=code(seed, step - 1),
    )
    return seed
