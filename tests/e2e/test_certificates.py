"""Certificates, SSH keys and credentials for services through the aws CLI and boto3."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from harness.certificates import Certificates
from harness.keystead import Keystead

Call = Callable[..., Any]
REPOSITORY_SERVICE = "codecommit.amazonaws.com"


def by_cli(keystead: Keystead) -> Call:
    """Calls an operation of IAM through the aws CLI: `call("GetUser", UserName="x")`."""

    def call(operation: str, **parameters: str) -> Any:
        options = [f"--{xform_name(name, '-')}={value}" for name, value in parameters.items()]
        return keystead.aws("iam", xform_name(operation, "-"), *options)

    return call


def by_boto3(keystead: Keystead) -> Call:
    """The same through boto3."""

    def call(operation: str, **parameters: str) -> Any:
        return getattr(keystead.client("iam"), xform_name(operation))(**parameters)

    return call


@pytest.fixture(params=[by_cli, by_boto3])
def call(request: pytest.FixtureRequest, keystead: Keystead) -> Call:
    return request.param(keystead)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates.make(tmp_path / "certificates")


def renamed(call: Call, user_name: str) -> str:
    """Gives a user another name."""
    new_name = f"{user_name}-renamed"
    call("UpdateUser", UserName=user_name, NewUserName=new_name)
    return new_name


def test_a_signing_certificate_lives_with_its_user(
    call: Call, user_name: str, certificates: Certificates
) -> None:
    body = certificates.certificate.read_text()
    call("CreateUser", UserName=user_name)
    made = call("UploadSigningCertificate", UserName=user_name, CertificateBody=body)["Certificate"]
    assert (made["UserName"], made["Status"], made["CertificateBody"]) == (user_name, "Active", body)

    user = renamed(call, user_name)
    certificate = made["CertificateId"]
    call("UpdateSigningCertificate", UserName=user, CertificateId=certificate, Status="Inactive")
    [listed] = call("ListSigningCertificates", UserName=user)["Certificates"]
    assert (listed["UserName"], listed["Status"], listed["CertificateBody"]) == (user, "Inactive", body)
    call("DeleteSigningCertificate", UserName=user, CertificateId=certificate)
    call("DeleteUser", UserName=user)


def test_a_server_certificate_is_kept_renamed_and_tagged(
    call: Call, user_name: str, certificates: Certificates
) -> None:
    name, body, chain = user_name, certificates.certificate.read_text(), certificates.authority.read_text()
    made = call(
        "UploadServerCertificate",
        ServerCertificateName=name,
        CertificateBody=body,
        CertificateChain=chain,
        PrivateKey=certificates.private_key.read_text(),
        Path="/web/",
    )["ServerCertificateMetadata"]
    assert made["Arn"].endswith(f":server-certificate/web/{name}")

    moved = f"{name}-moved"
    call("UpdateServerCertificate", ServerCertificateName=name, NewServerCertificateName=moved, NewPath="/x/")
    shown = call("GetServerCertificate", ServerCertificateName=moved)["ServerCertificate"]
    assert shown["ServerCertificateMetadata"]["ServerCertificateId"] == made["ServerCertificateId"]
    # The CLI leaves out the line end that a text ends with.
    texts = (shown["CertificateBody"].strip(), shown["CertificateChain"].strip(), shown["Tags"])
    assert texts == (body.strip(), chain.strip(), [])
    listed = call("ListServerCertificates", PathPrefix="/x/")["ServerCertificateMetadataList"]
    assert moved in [one["ServerCertificateName"] for one in listed]
    call("DeleteServerCertificate", ServerCertificateName=moved)


def test_an_ssh_key_is_shown_in_both_encodings(call: Call, user_name: str) -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    line = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    digest = hashlib.md5(base64.b64decode(line.split()[1]), usedforsecurity=False)

    call("CreateUser", UserName=user_name)
    made = call("UploadSSHPublicKey", UserName=user_name, SSHPublicKeyBody=line)["SSHPublicKey"]
    assert made["Fingerprint"] == digest.digest().hex(":")
    user = renamed(call, user_name)
    about = {"UserName": user, "SSHPublicKeyId": made["SSHPublicKeyId"]}
    for encoding, body in [("SSH", line), ("PEM", pem)]:
        shown = call("GetSSHPublicKey", **about, Encoding=encoding)["SSHPublicKey"]
        assert (shown["SSHPublicKeyBody"], shown["UserName"]) == (body, user)
    call("UpdateSSHPublicKey", **about, Status="Inactive")
    [listed] = call("ListSSHPublicKeys", UserName=user)["SSHPublicKeys"]
    assert listed["Status"] == "Inactive"
    call("DeleteSSHPublicKey", **about)
    call("DeleteUser", UserName=user)


def test_a_credential_for_a_service_keeps_its_name_and_shows_its_password_once(
    call: Call, keystead: Keystead, user_name: str
) -> None:
    call("CreateUser", UserName=user_name)
    create = call("CreateServiceSpecificCredential", UserName=user_name, ServiceName=REPOSITORY_SERVICE)
    made = create["ServiceSpecificCredential"]
    assert made["ServiceUserName"] == f"{user_name}-at-{keystead.account_id}"

    user = renamed(call, user_name)
    about = {"UserName": user, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    call("UpdateServiceSpecificCredential", **about, Status="Inactive")
    [listed] = call("ListServiceSpecificCredentials", UserName=user)["ServiceSpecificCredentials"]
    assert (listed["UserName"], listed["ServiceUserName"]) == (user, made["ServiceUserName"])
    assert listed["Status"] == "Inactive" and "ServicePassword" not in listed
    reset = call("ResetServiceSpecificCredential", **about)["ServiceSpecificCredential"]
    assert reset["ServicePassword"] != made["ServicePassword"]
    call("DeleteServiceSpecificCredential", **about)
    call("DeleteUser", UserName=user)
