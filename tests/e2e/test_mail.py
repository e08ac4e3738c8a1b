"""Letters: they go out by a real mail server, wait for one that is not there, and never give away what they hold."""

from __future__ import annotations

import email
import email.policy
import re
import ssl
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.certificates import Certificates
from harness.keystead import CommandFailed, Keystead
from harness.mail_server import PASSWORD, USER, MailServer

TO = "ana@example.com"
LINK = re.compile(r"/console/invitations/accept#(ksi_\d{12}_[0-9A-Za-z]{43})")


@pytest.fixture
def mail() -> Iterator[Callable[..., MailServer]]:
    made: list[MailServer] = []

    def make(*arguments: object, **options: object) -> MailServer:
        made.append(MailServer(*arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for server in made:
        server.stop()


def options(server: MailServer, security: str, *more: str) -> tuple[str, ...]:
    return (
        *("--smtp-host", "127.0.0.1", "--smtp-port", str(server.port), "--smtp-security", security),
        *("--mail-from", "Keystead <keystead@example.com>", *more),
    )


def invite(keystead: Keystead, address: str = TO) -> None:
    keystead.command("invitation", "create", address, "--policy", "observer")


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
def test_a_letter_goes_out_by_a_mail_server(
    new_keystead: Callable[[], Keystead], mail: Callable[..., MailServer], tmp_path: Path, security: str
) -> None:
    keystead = new_keystead()
    made = Certificates.make(tmp_path / "certificates")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.private_key)
    server = mail(context if security != "plain" else None, security == "starttls", security != "plain").start()
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    login = ("--smtp-user", USER, "--smtp-password-file", str(password), "--smtp-ca-file", str(made.authority))
    keystead.start(*options(server, security, *(login if security != "plain" else ())))
    invite(keystead)
    letter = server.wait_for(TO)
    assert (letter["from"], letter["x-envelope-to"]) == ("Keystead <keystead@example.com>", TO)
    assert letter["subject"] == f"Invitation to Keystead account {keystead.account_id}"
    assert letter["message-id"].endswith("@example.com>")
    assert LINK.search(letter.get_content())
    copy = server.wait_for("root@example.com")
    assert TO in copy.get_content() and "ksi_" not in copy.get_content()
    assert len(server.letters) == 2


def test_a_letter_waits_for_a_server_that_is_down_and_for_one_that_refuses(
    new_keystead: Callable[[], Keystead], mail: Callable[..., MailServer]
) -> None:
    keystead, server = new_keystead(), mail()
    keystead.start(*options(server, "plain"))
    invite(keystead)
    wait_for_log(keystead, "could not be sent")
    # What waits is sealed: the link is nowhere on the disk.
    assert not any(b"ksi_" in path.read_bytes() for path in keystead.data.iterdir() if path.is_file())
    server.refusal = "451 come back later"
    server.start()
    wait_until(lambda: server.attempts >= 2)
    keystead.kill()
    server.refusal = ""
    keystead.start()
    server.wait_for(TO, seconds=60)
    server.wait_for("root@example.com", seconds=60)
    assert len(server.letters) == 2


def test_nothing_goes_to_a_server_whose_certificate_is_not_trusted(
    new_keystead: Callable[[], Keystead], mail: Callable[..., MailServer], tmp_path: Path
) -> None:
    keystead = new_keystead()
    made = Certificates.make(tmp_path / "certificates")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.private_key)
    server = mail(context, True).start()
    keystead.start(*options(server, "starttls"))
    invite(keystead)
    wait_for_log(keystead, "could not be sent")
    assert server.attempts == 0 and "certificate" in keystead.log.read_text().lower()


def test_without_a_mail_server_letters_lie_in_the_outbox(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    invite(keystead)
    outbox = keystead.data / "outbox"
    wait_until(lambda: len(list(outbox.glob("[!.]*.eml"))) == 2)
    assert stat.S_IMODE(outbox.stat().st_mode) == 0o700
    found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in outbox.iterdir()]
    assert {letter["to"] for letter in found} == {TO, "root@example.com"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in outbox.iterdir()} == {0o600}


@pytest.mark.parametrize("address", ["ana@example.com\r\nBcc: eve@example.com", "a b@example.com", "ana", "@", ""])
def test_an_address_that_could_smuggle_a_header_is_refused(keystead: Keystead, address: str) -> None:
    with pytest.raises(CommandFailed, match="`email`"):
        invite(keystead, address)


def wait_for_log(keystead: Keystead, text: str) -> None:
    wait_until(lambda: text in keystead.log.read_text())


def wait_until(is_so: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
