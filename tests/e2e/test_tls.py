"""TLS: real clients that trust a made-up authority, and nobody else."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import SSLError
from harness.certificates import Certificates
from harness.keystead import REGION, CommandFailed, Keystead


@pytest.fixture
def secure(new_keystead: Callable[[], Keystead], tmp_path: Path) -> Keystead:
    """An installation that serves TLS, not started yet."""
    keystead = new_keystead()
    keystead.certificates = Certificates.make(tmp_path / "certificates")
    return keystead


def who_am_i(keystead: Keystead) -> str:
    """A new session of boto3, which takes whom to trust from its environment."""
    session = boto3.Session(keystead.root.id, keystead.root.secret, region_name=REGION)
    config = Config(retries={"total_max_attempts": 1})
    return session.client("sts", endpoint_url=keystead.url, config=config).get_caller_identity()["Account"]


def test_boto3_the_aws_cli_and_keystead_talk_over_https(
    secure: Keystead, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.start()
    assert secure.certificates is not None
    assert secure.url.startswith("https://")
    with pytest.raises(SSLError):
        who_am_i(secure)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(secure.certificates.authority))
    assert who_am_i(secure) == secure.account_id
    assert secure.aws("sts", "get-caller-identity")["Account"] == secure.account_id
    assert secure.command("verifier", "list") == {"verifiers": []}


def test_keystead_does_not_trust_an_authority_it_was_not_told_of(secure: Keystead, tmp_path: Path) -> None:
    secure.start()
    right = secure.certificates
    assert right is not None
    secure.certificates = Certificates.make(tmp_path / "other")
    with pytest.raises(CommandFailed) as failure:
        secure.command("verifier", "list")
    assert failure.value.code == 6
    assert "certificate" in failure.value.stderr.lower()
    secure.certificates = right


def test_plain_http_gets_no_answer_where_tls_is_served(secure: Keystead) -> None:
    secure.start()
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"HTTP" not in connection.recv(1024)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions_of_tls_that_are_broken_are_not_spoken(secure: Keystead, version: ssl.TLSVersion) -> None:
    secure.start()
    assert secure.certificates is not None
    context = ssl.create_default_context(cafile=str(secure.certificates.authority))
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as connection:
        context.wrap_socket(connection, server_hostname="127.0.0.1").close()
    # Without this, Python itself would not try.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as connection:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(connection, server_hostname="127.0.0.1")


def test_beyond_loopback_it_serves_with_tls_the_hosts_it_was_given(
    secure: Keystead, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.address = "0.0.0.0"
    secure.start("--public-host", f"127.0.0.1:{secure.port}")
    assert secure.certificates is not None
    monkeypatch.setenv("AWS_CA_BUNDLE", str(secure.certificates.authority))
    assert who_am_i(secure) == secure.account_id


@pytest.mark.parametrize("broken", ["certificate", "private_key"])
def test_a_file_that_cannot_be_used_is_named(secure: Keystead, broken: str) -> None:
    assert secure.certificates is not None
    file: Path = getattr(secure.certificates, broken)
    file.write_text("nonsense")
    done = subprocess.run(
        secure.server_arguments(), capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode != 0
    assert str(file) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
