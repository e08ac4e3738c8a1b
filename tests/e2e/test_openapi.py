"""The REST API keeps to its own description."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from harness.keystead import Keystead
from harness.signing import RawRequest, send


@pytest.fixture(scope="module")
def document(keystead: Keystead) -> Any:
    """The description as anybody gets it."""
    with urllib.request.urlopen(f"{keystead.url}/api/v1/openapi.json", timeout=10) as reply:
        assert reply.headers["content-type"] == "application/json"
        return json.load(reply)


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_each_operation_is_described_once_and_in_a_sentence(document: Any) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) >= 30
    for _, path, operation in operations(document):
        assert operation["summary"], path
        in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_no_described_operation_is_done_for_strangers(keystead: Keystead, document: Any) -> None:
    for method, path, operation in operations(document):
        request = RawRequest(method.upper(), path, (("Host", f"127.0.0.1:{keystead.port}"), ("Content-Length", "0")))
        reply = send(keystead.port, request)
        problem = json.loads(reply.body)
        assert (reply.status, problem["code"]) == (403, "MissingAuthenticationToken"), operation["operationId"]
        assert reply.headers["content-type"] == "application/problem+json"
        assert problem["detail"]
