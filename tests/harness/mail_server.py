"""A real SMTP server that keeps what it is sent, with or without TLS, and that can be told to refuse."""

from __future__ import annotations

import email
import email.policy
import ssl
import time
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from .process import free_port

USER, PASSWORD = "keystead", "mail-server-password"


class MailServer:
    """Listens on a loopback port from `start` to `stop`."""

    def __init__(self, tls: ssl.SSLContext | None = None, starttls: bool = False, with_login: bool = False) -> None:
        self.port = free_port()
        self.letters: list[EmailMessage] = []
        self.refusal = ""
        self.attempts = 0
        self._implicit = None if starttls else tls
        self._options: dict[str, Any] = {}
        if starttls:
            self._options |= {"tls_context": tls, "require_starttls": True}
        if with_login:
            self._options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": starttls}
        self._controller: Controller | None = None

    def start(self) -> MailServer:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ssl_context=self._implicit, **self._options
        )
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.attempts += 1
        if self.refusal:
            return self.refusal
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        parsed["X-Envelope-To"] = ",".join(envelope.rcpt_tos)
        self.letters.append(parsed)
        return "250 kept"

    def wait_for(self, address: str, count: int = 1, seconds: float = 20) -> EmailMessage:
        """The newest letter to an address, once there are so many."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [letter for letter in self.letters if letter["to"] == address]
            if len(found) >= count:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"no letter {count} to {address} in {[str(letter['to']) for letter in self.letters]}")


def authenticate(server: SMTP, session: Any, envelope: Any, mechanism: str, shown: Any) -> AuthResult:
    assert isinstance(shown, LoginPassword)
    right = (shown.login, shown.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right)
