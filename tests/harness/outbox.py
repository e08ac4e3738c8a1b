"""Letters of an installation without a mail server."""

from __future__ import annotations

import email.policy
from email.message import EmailMessage
from pathlib import Path

from .keystead import Keystead


def letters(keystead: Keystead, to: str = "") -> list[EmailMessage]:
    """Those that have gone out, oldest first; to one address, where one is given."""
    # A name that begins with a dot is of a letter that is being written.
    found = [read(path) for path in sorted((keystead.data / "outbox").glob("[!.]*.eml"))]
    return [letter for letter in found if to in ("", letter["to"])]


def read(path: Path) -> EmailMessage:
    # The default policy makes messages of the newer kind, which the types do not know.
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)  # type: ignore[return-value]
