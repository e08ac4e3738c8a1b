"""Credentials replaced by hand, in the five steps AWS's guide gives, with each of AWS's clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from harness.certificates import Signer, is_signed
from harness.clients import CLIENTS, Client, Refused
from harness.keystead import Key, Keystead

# Each command of the aws CLI is a process, slow to start on a busy machine.
pytestmark = pytest.mark.timeout(300)

Connect = Callable[[Key], Client]


# What docs/sessions shows is typed into version 1 of the aws CLI.
@pytest.fixture(params=sorted(CLIENTS.keys() - {"aws-cli-1"}))
def connect(request: pytest.FixtureRequest, keystead: Keystead) -> Iterator[Connect]:
    """Opens a client that acts for the key given."""
    with ExitStack() as opened:
        yield lambda key: opened.enter_context(closing(CLIENTS[request.param](keystead, key)))


def is_refused(application: Client) -> bool:
    """Whether the application's key is no longer taken."""
    try:
        application.call("GetCallerIdentity")
    except Refused as error:
        return error.code == "InvalidClientTokenId"
    return False


def test_a_key_is_replaced_while_the_application_works(
    connect: Connect, keystead: Keystead, user_name: str
) -> None:
    arn = f"arn:aws:iam::{keystead.account_id}:user/{user_name}"
    first = keystead.create_user(user_name)
    administrator = connect(keystead.root)
    old_application = connect(first)

    def listed() -> dict[str, str]:
        keys = administrator.call("ListAccessKeys", UserName=user_name)["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in keys}

    def set_status(key: Key, status: str) -> None:
        administrator.call("UpdateAccessKey", UserName=user_name, AccessKeyId=key.id, Status=status)

    # 1. A second key, while the first is still active. A third there cannot be.
    made = administrator.call("CreateAccessKey", UserName=user_name)["AccessKey"]
    second = Key(made["AccessKeyId"], made["SecretAccessKey"])
    assert listed() == {first.id: "Active", second.id: "Active"}
    with pytest.raises(Refused, match="LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"):
        administrator.call("CreateAccessKey", UserName=user_name)

    # 2. The application is given the second key.
    assert old_application.call("GetCallerIdentity")["Arn"] == arn
    application = connect(second)
    assert application.call("GetCallerIdentity")["Arn"] == arn

    # 3. The first key is made inactive.
    set_status(first, "Inactive")
    assert listed() == {first.id: "Inactive", second.id: "Active"}

    # 4. The application works on the second alone; until the end there is a way back.
    assert application.call("GetCallerIdentity")["Arn"] == arn
    assert is_refused(old_application)
    set_status(first, "Active")
    assert old_application.call("GetCallerIdentity")["Arn"] == arn
    set_status(first, "Inactive")

    # 5. The first key is deleted.
    administrator.call("DeleteAccessKey", UserName=user_name, AccessKeyId=first.id)
    assert listed() == {second.id: "Active"}
    assert application.call("GetCallerIdentity")["Arn"] == arn
    assert is_refused(old_application)


def test_a_certificate_is_replaced_while_the_application_works(
    connect: Connect, keystead: Keystead, user_name: str
) -> None:
    keystead.create_user(user_name)
    administrator = connect(keystead.root)

    def upload(signer: Signer) -> str:
        certificate = administrator.call(
            "UploadSigningCertificate", UserName=user_name, CertificateBody=signer.certificate
        )["Certificate"]
        assert (certificate["Status"], certificate["CertificateBody"]) == ("Active", signer.certificate)
        return certificate["CertificateId"]

    def set_status(certificate_id: str, status: str) -> None:
        administrator.call(
            "UpdateSigningCertificate", UserName=user_name, CertificateId=certificate_id, Status=status
        )

    def listed() -> dict[str, dict[str, str]]:
        certificates = administrator.call("ListSigningCertificates", UserName=user_name)["Certificates"]
        return {certificate["CertificateId"]: certificate for certificate in certificates}

    def is_accepted(signer: Signer) -> bool:
        """Whether a service takes what the application sends: it asks for the certificates that are active."""
        message = b"three chairs"
        signature = signer.sign(message)
        active = [one["CertificateBody"] for one in listed().values() if one["Status"] == "Active"]
        return any(is_signed(message, signature, certificate) for certificate in active)

    old_application, application = Signer(user_name), Signer(user_name)
    first = upload(old_application)
    assert is_accepted(old_application) and not is_accepted(application)

    # 1. A second certificate, while the first is still active. A third there cannot be.
    second = upload(application)
    assert is_accepted(old_application)
    with pytest.raises(Refused, match="LimitExceeded: Cannot exceed quota for CertificatesPerUser: 2"):
        upload(Signer(user_name))

    # 2. The application signs with the second.
    assert is_accepted(application)

    # 3. The first certificate is made inactive.
    set_status(first, "Inactive")

    # 4. The application works with the second alone; until the end there is a way back.
    assert is_accepted(application) and not is_accepted(old_application)
    set_status(first, "Active")
    assert is_accepted(old_application)
    set_status(first, "Inactive")

    # 5. The first certificate is deleted.
    administrator.call("DeleteSigningCertificate", UserName=user_name, CertificateId=first)
    assert listed().keys() == {second}
    assert is_accepted(application) and not is_accepted(old_application)
