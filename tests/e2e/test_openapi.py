"""The REST API keeps to its own description."""

from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from harness.keystead import REGION, Key, Keystead
from harness.signing import RawRequest, send
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

# How many requests are made up for each operation, right ones and wrong ones each.
EXAMPLES = 16
CHECKS = [
    *(not_a_server_error, status_code_conformance),
    *(content_type_conformance, response_schema_conformance),
]


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
        in_path = {each["name"] for each in operation["parameters"] if each.get("in") == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_no_described_operation_is_done_for_strangers(keystead: Keystead, document: Any) -> None:
    for method, path, operation in operations(document):
        request = RawRequest(method.upper(), path, (("Host", f"127.0.0.1:{keystead.port}"), ("Content-Length", "0")))
        reply = send(keystead.port, request)
        if operation["operationId"] == "ReportLeak":
            # Anybody may report a key, and learns nothing by it: tests/e2e/test_leaks.py.
            assert reply.status in {202, 400}, reply.body
            continue
        problem = json.loads(reply.body)
        assert (reply.status, problem["code"]) == (403, "MissingAuthenticationToken"), operation["operationId"]
        assert reply.headers["content-type"] == "application/problem+json"
        assert problem["detail"]


class Signed(requests.auth.AuthBase):
    """Signs what `requests` is about to send, as botocore does."""

    def __init__(self, key: Key) -> None:
        self._signer = SigV4Auth(Credentials(key.id, key.secret), "keystead", REGION)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # A space in the query is signed as %20, whichever of its two spellings is sent.
        request.url = str(request.url).replace("+", "%20")
        plain = AWSRequest(request.method, request.url, dict(request.headers), request.body or b"")
        self._signer.add_auth(plain)
        request.headers.update(plain.headers)
        return request


class Bearer(requests.auth.AuthBase):
    """Shows a token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Furnished:
    """An installation with one of everything that paths and bodies can name."""

    def __init__(self, keystead: Keystead) -> None:
        self.url = keystead.url
        key = keystead.create_user("orders")
        self.auth = {"signature": Signed(keystead.root)}
        self.make("credentials", name="orders", user_name="orders")
        consumer = self.make("credentials/orders/consumers", name="worker", kind="credentials_file")
        self.auth["consumer"] = Bearer(consumer["token"])
        self.make("stored-credentials", name="orders", secret_value="stored")
        self.make("deployments", name="orders")
        self.make("workloads", name="orders")
        enrollment = self.make("workloads/orders/enrollment")["token"]
        self.auth["workload"] = Bearer(self.make("workload/enrollment", token=enrollment)["token"])
        invitation = self.make("invitations", email="ana@example.com", policies=["observer"])
        self.known = {
            **{"user_name": "orders", "credential": "orders", "access_key_id": key.id, "version": 1},
            **{"deployment": "orders", "workload": "orders", "invitation_id": invitation["invitation_id"]},
            **{"required": ["PORT"], "inputs": {"PORT": "text:8080"}},
            **{"name": "worker", "expires_at": "never", "tags": {"team": "orders"}},
            "verifier_id": self.make("verifiers", name="queue", services=["sqs"], hosts=["queue"])["verifier_id"],
            "rotation_id": self.make("rotations", credential="orders")["rotation_id"],
        }
        self.numbers = itertools.count()

    def make(self, collection: str, **members: Any) -> Any:
        reply = requests.post(f"{self.url}/api/v1/{collection}", json=members, auth=self.auth["signature"], timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def name_known(self, members: Any) -> Any:
        """The same members, but of what is there, and with a new name for what is made."""
        if not isinstance(members, dict):
            return members
        new = f"made-{next(self.numbers)}"
        fitting = {**self.known, "name": new, "email": f"{new}@example.com", "policies": ["observer"]}
        return {name: fitting.get(name, value) for name, value in members.items()}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    keystead = Keystead(tmp_path_factory.mktemp("keystead"))
    keystead.init()
    keystead.start()
    yield Furnished(keystead)
    keystead.close()


@pytest.mark.timeout(300)
def test_no_answer_is_undocumented_and_none_is_a_failure_of_ours(furnished: Furnished) -> None:
    schema = schemathesis.openapi.from_url(f"{furnished.url}/api/v1/openapi.json")
    asked = [found.ok() for found in schema.get_all_operations()]
    # What is deleted cannot be asked about any more.
    asked.sort(key=lambda operation: operation.method.upper() == "DELETE")
    done = [operation.label for operation in asked if ask_at_random(furnished, operation, GenerationMode.POSITIVE)]
    for operation in asked:
        ask_at_random(furnished, operation, GenerationMode.NEGATIVE)
    # Or else all of it was refused at the door. What needs a cloud that answers is tested with one.
    assert len(done) > len(asked) / 3, done


def ask_at_random(furnished: Furnished, operation: Any, mode: GenerationMode) -> bool:
    """Requests that fit the description, or that do not, about what is there or is not; whether one was done."""
    [scheme] = [name for each in operation.definition.raw["security"] for name in each] or [None]

    done = []

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), is_known=st.booleans())
    def ask(case: Any, is_known: bool) -> None:
        if is_known:
            case.path_parameters = furnished.name_known(case.path_parameters)
            case.query = furnished.name_known(case.query)
            case.body = furnished.name_known(case.body)
            case.headers.pop("Idempotency-Key", None)
        reply = case.call_and_validate(checks=CHECKS, auth=furnished.auth.get(scheme), timeout=20)
        done.append(reply.status_code == 200)

    ask()
    return any(done)
