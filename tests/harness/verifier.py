"""A service that asks Keystead who signed a request, through the JSON adapter."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any

from .keystead import Keystead
from .signing import RawRequest


def ask(keystead: Keystead, token: str | None, request: RawRequest, **changes: Any) -> tuple[int, dict[str, Any]]:
    """The status of the answer about a request, and the verdict."""
    path, _, query = request.path.partition("?")
    question = {
        "method": request.method,
        "path": path,
        "query": query,
        "headers": [[name.lower(), value] for name, value in request.headers],
        "body_base64": base64.b64encode(request.body).decode(),
        "source_address": "192.0.2.7",
    } | changes
    return post(keystead, token, json.dumps(question).encode())


def post(keystead: Keystead, token: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
    """The same for a question as it goes over the wire."""
    headers = {"Content-Type": "application/json"} | ({"x-keystead-verifier": token} if token else {})
    asked = urllib.request.Request(f"{keystead.url}/verify/v1", data=body, headers=headers)
    try:
        with urllib.request.urlopen(asked) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read() or b"{}")
