"""Who may do what in the REST API: every operation, asked by a user of every shipped role.

`roles.txt` says it; the requests are made from the API's own description, so that an operation without a row fails.
"""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.keystead import Key, Keystead
from harness.signing import send, sign

ROLES = ("admin", "actor", "designer", "observer", "credential_viewer", "security_manager", "none")
TABLE = Path(__file__).with_name("roles.txt")


def test_every_operation_takes_the_roles_that_its_row_names(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    keys = {role: user_with(keystead, role) for role in ROLES}
    found: dict[str, str] = {}
    for path, method, operation in operations(keystead):
        may = [role for role in ROLES if is_let_in(keystead, keys[role], method, path, operation)]
        found[operation["operationId"]] = " ".join(may) or "-"
    expected = dict(row.split(": ", 1) for row in TABLE.read_text().splitlines() if row and row[0] != "#")
    lines = "\n".join(f"{name}: {roles}" for name, roles in sorted(found.items()))
    assert found == expected, f"\n{lines}"


def user_with(keystead: Keystead, role: str) -> Key:
    name = f"{role}-{uuid.uuid4().hex[:6]}"
    key = keystead.create_user(name)
    if role != "none":
        arn = f"arn:aws:iam::aws:policy/keystead/{role}"
        keystead.client("iam").attach_user_policy(UserName=name, PolicyArn=arn)
    return key


def operations(keystead: Keystead) -> list[tuple[str, str, dict[str, Any]]]:
    """Those that are asked for with a signature."""
    with urllib.request.urlopen(f"{keystead.url}/api/v1/openapi.json", timeout=10) as reply:
        document = json.load(reply)
    schemas = document["components"]["schemas"]
    listed = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if {"signature": []} not in operation["security"]:
                continue
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]["schema"]
                operation["input"] = schemas[content["$ref"].rsplit("/", 1)[1]]
            listed.append((path, method.upper(), operation))
    assert listed, "the API describes nothing that is signed"
    return listed


def is_let_in(keystead: Keystead, key: Key, method: str, path: str, operation: dict[str, Any]) -> bool:
    """Whether the request gets beyond authorization; what becomes of it there is not asked."""
    path = re.sub(r"\{[a-z_]+\}", lambda _: f"nothing-{uuid.uuid4().hex[:8]}", path)
    needed = [p for p in operation["parameters"] if p.get("in") == "query" and p.get("required")]
    query = urllib.parse.urlencode({p["name"]: example(p["schema"]) for p in needed})
    body = json.dumps(example(operation["input"])).encode() if "input" in operation else b""
    target = f"{path}?{query}" if query else path
    headers = {"Content-Type": "application/json"}
    request = sign(key, "keystead", keystead.port, body, method, target, headers)
    reply = send(keystead.port, request, timeout=60)
    problem = json.loads(reply.body) if reply.status != 200 else {}
    assert reply.status < 500, f"{method} {target}: {problem}"
    assert "The input is not right" not in problem.get("detail", ""), f"{method} {target}: {problem}"
    return "is not authorized to perform" not in problem.get("detail", "")


def example(schema: dict[str, Any]) -> Any:
    """The smallest value of a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    for variants in ("oneOf", "anyOf"):
        if variants in schema:
            return example(schema[variants][-1])
    if "allOf" in schema:
        return {name: value for part in schema["allOf"] for name, value in example(part).items()}
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example(properties[name]) for name in schema.get("required", [])}
    return {"string": "nothing", "integer": 1, "number": 1, "boolean": False, "array": [], "null": None}[kind]
