"""The engine under test: the program `decide` of crates/policy, asked line by line."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from oracle import Policies, Request, Verdict, Who

REPOSITORY = Path(__file__).resolve().parents[2]


def program(profile: str = "debug") -> Path:
    """Where cargo puts the program."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / profile / "examples" / "decide"


class Engine:
    """A running engine. What is asked is answered later, so that the caller can decide meanwhile."""

    def __init__(self, profile: str = "debug") -> None:
        self._process = subprocess.Popen([program(profile)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def ask(self, policies: Policies, requests: list[Request]) -> None:
        """Puts requests to one set of policies."""
        assert self._process.stdin
        line = {"policies": policies_json(policies), "requests": [request_json(request) for request in requests]}
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def answers(self) -> list[Verdict]:
        """The decisions for what was asked, in order."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the engine has ended: what it said stands above"
        return [(outcome, [tuple(reason) for reason in reasons]) for outcome, reasons in json.loads(line)]


def policies_json(policies: Policies) -> dict[str, Any]:
    def text(document: Any) -> Any:
        return None if document is None else json.dumps(document)

    return {
        "identity": [text(document) for document in policies.identity],
        "boundary": text(policies.boundary),
        "session": None if policies.session is None else [text(document) for document in policies.session],
        "resource": text(policies.resource),
        "is_trust": policies.is_trust,
    }


def request_json(request: Request) -> dict[str, Any]:
    return {
        "who": who_json(request.who),
        "action": request.action,
        "resource": request.resource,
        "owner": request.owner,
        "context": request.context,
    }


def who_json(who: Who) -> dict[str, Any]:
    match who.kind:
        case "user":
            names = {"arn": who.names[0], "id": who.names[1]}
        case "role_session":
            names = {"arn": who.names[0], "role_arn": who.behind[0], "role_id": who.behind[1]}
        case "federated_user":
            names = {"arn": who.names[0], "user_arn": who.behind[0]}
        case "service":
            names = {"name": who.names[0]}
        case "federated":
            names = {"provider": who.names[0]}
        case _:
            names = {}
    return {"kind": who.kind, **names}
