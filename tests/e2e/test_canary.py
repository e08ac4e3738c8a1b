"""A secret is in exactly one response: never again in any other, nor in a file, a log or the audit."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Callable, Iterator

import pytest
from harness.certificates import certificate_with_key
from harness.keystead import Key, Keystead

PASSWORDS = ["canary-Password-1-of-ann", "canary-Password-2-of-ann", "canary-Password-3-wrong"]


def reveal(keystead: Keystead) -> dict[str, bytes]:
    """Makes one of every secret there is; each by name."""
    iam = keystead.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    iam.create_login_profile(UserName="ann", Password=PASSWORDS[0])
    iam.update_login_profile(UserName="ann", Password=PASSWORDS[1])
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    ann = keystead.client("iam", Key(key["AccessKeyId"], key["SecretAccessKey"]))
    with pytest.raises(iam.exceptions.ClientError):
        ann.change_password(OldPassword=PASSWORDS[2], NewPassword=PASSWORDS[0])
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    service = iam.create_service_specific_credential(UserName="ann", ServiceName="codecommit.amazonaws.com")
    credential = service["ServiceSpecificCredential"]
    reset = iam.reset_service_specific_credential(
        UserName="ann", ServiceSpecificCredentialId=credential["ServiceSpecificCredentialId"]
    )
    body, private_key = certificate_with_key("canary.test")
    iam.upload_server_certificate(ServerCertificateName="web", CertificateBody=body, PrivateKey=private_key)
    with pytest.raises(iam.exceptions.ClientError):
        iam.upload_server_certificate(ServerCertificateName="no", CertificateBody="no", PrivateKey=private_key)
    # The middle of the PEM: its first and last line are in every private key.
    middle = private_key.splitlines()[1]
    return {
        "the root user's key": keystead.root.secret.encode(),
        "a user's key": key["SecretAccessKey"].encode(),
        **{f"password {number}": password.encode() for number, password in enumerate(PASSWORDS)},
        "the seed of an MFA device": device["Base32StringSeed"],
        "a service's password": credential["ServicePassword"].encode(),
        "a service's password after a reset": reset["ServiceSpecificCredential"]["ServicePassword"].encode(),
        "a private key": middle.encode(),
    }


def spellings(secret: bytes) -> Iterator[bytes]:
    """The ways a secret may lie about: as it is, in base64 at each of three offsets, in hex, escaped, in UTF-16."""
    yield secret
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret)
        # The first and last group of letters also depend on the neighbours.
        yield encoded[4:-4]
    yield secret.hex().encode()
    yield urllib.parse.quote(secret, safe="").encode()
    yield secret.decode().encode("utf-16-le")


def found_in(text: bytes, secrets: dict[str, bytes]) -> list[str]:
    return [name for name, secret in secrets.items() if any(part in text for part in spellings(secret))]


def test_the_search_finds_what_is_planted() -> None:
    secret = {"planted": b"a-secret-that-is-long-enough"}
    for spelling in spellings(secret["planted"]):
        assert found_in(b"..." + spelling + b"...", secret) == ["planted"]
    assert found_in(b"nothing to see", secret) == []


def test_no_secret_is_in_a_file_a_log_or_the_audit(
    new_keystead: Callable[[], Keystead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYSTEAD_LOG", "trace")
    keystead = new_keystead()
    keystead.start()
    secrets = reveal(keystead)
    audit = keystead.text("audit", "list", "-o", "json")
    assert len(json.loads(audit)["events"]) >= 10
    assert found_in(audit.encode(), secrets) == []
    keystead.kill()
    log = keystead.log.read_bytes()
    assert b"keystead is serving" in log
    assert found_in(log, secrets) == []
    files = [path for path in keystead.data.rglob("*") if path.is_file()]
    assert any(path.suffix.startswith(".db") for path in files), "the database is among the files"
    for path in files:
        assert found_in(path.read_bytes(), secrets) == [], path
    # Stopped in good order, everything that was in memory is in the files too.
    keystead.start()
    assert keystead.stop() == 0
    for path in keystead.data.rglob("*"):
        if path.is_file():
            assert found_in(path.read_bytes(), secrets) == [], path


def test_no_second_response_holds_a_secret(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    secrets = reveal(keystead)
    iam = keystead.client("iam")
    bodies: list[bytes] = []
    iam.meta.events.register("after-call", lambda http_response, **_: bodies.append(http_response.content))
    serial = iam.list_virtual_mfa_devices()["VirtualMFADevices"][0]["SerialNumber"]
    iam.get_user(UserName="ann")
    iam.list_users()
    iam.list_access_keys(UserName="ann")
    iam.get_login_profile(UserName="ann")
    iam.list_service_specific_credentials(UserName="ann")
    iam.get_server_certificate(ServerCertificateName="web")
    iam.list_server_certificates()
    iam.list_mfa_device_tags(SerialNumber=serial)
    iam.get_account_authorization_details()
    assert len(bodies) == 10
    for body in bodies:
        assert found_in(body, secrets) == []
