"""A third voice: moto's evaluator, which other people wrote for other ends.

It is asked what it can read: the policies of identities, made of effects, actions and resources. What it
reads otherwise than the pages say is in `DIFFERENCES`, each with a case that shows it; a case that has
nothing of it must be answered as everybody else answers it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from oracle import Policies, Request, element, listed

Statement = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """A kind of case that moto is known to answer otherwise."""

    why: str
    # Whether the statement, put to the request, is of the kind.
    is_in: Callable[[Statement, Request], bool]
    # A statement and a request that show it, and what the pages say to it.
    statement: Statement
    action: str
    resource: str
    outcome: str


def patterns(statement: Statement, name: str) -> list[str]:
    return element(statement, name)[0] or []


def case_differs(statement: Statement, request: Request) -> bool:
    """Whether an action would match in another case than it is written in."""
    return any(
        regex_match(pattern, request.action, re.IGNORECASE) != regex_match(pattern, request.action, 0)
        for pattern in patterns(statement, "Action")
    )


def regex_match(pattern: str, text: str, flags: int) -> bool:
    return re.fullmatch(pattern.replace("*", ".*"), text, flags) is not None


def parts_differ(statement: Statement, request: Request) -> bool:
    """Whether a resource has more or fewer parts than what is asked about."""
    written = patterns(statement, "Resource")
    return any(pattern != "*" and pattern.count(":") != request.resource.count(":") for pattern in written)


ANN = "arn:aws:iam::111111111111:user/Ann"

DIFFERENCES = {
    "conditions": Difference(
        "a condition that is not met denies, where the pages take the statement as not about the request; "
        "most operators are taken as met",
        lambda statement, _: "Condition" in statement,
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"x:text": "Ann"}}},
        "iam:GetUser",
        ANN,
        "implicit identity-based policy",
    ),
    "NotResource": Difference(
        "it is not looked at: the statement is taken as one about any resource, and as an allow",
        lambda statement, _: "NotResource" in statement,
        {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::bucket"},
        "iam:GetUser",
        ANN,
        "explicit identity-based policy",
    ),
    "case of actions": Difference(
        "actions are compared letter by letter, where their case does not matter",
        case_differs,
        {"Effect": "Allow", "Action": "IAM:getuser", "Resource": "*"},
        "iam:GetUser",
        ANN,
        "allowed",
    ),
    "question mark": Difference(
        "`?` makes the letter before it optional, as in a regular expression, where it stands for one letter",
        lambda statement, _: "?" in "".join(patterns(statement, "Action") + patterns(statement, "Resource")),
        {"Effect": "Allow", "Action": "iam:?etUser", "Resource": "*"},
        "iam:GetUser",
        ANN,
        "allowed",
    ),
    "variables": Difference(
        "variables are not filled in",
        lambda statement, _: "${" in "".join(patterns(statement, "Resource")),
        {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:iam::*:user/${aws:username}"},
        "iam:GetUser",
        ANN,
        "allowed",
    ),
    "parts of ARNs": Difference(
        "`*` reaches over colons, and parts that are not written match nothing",
        parts_differ,
        {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3"},
        "s3:GetObject",
        "arn:aws:s3:::bucket",
        "allowed",
    ),
}


def decide(policies: Policies, requests: Sequence[Request]) -> list[str | None]:
    """The outcome of each request, and nothing for those that moto cannot be asked."""
    if policies.boundary or policies.session is not None or policies.resource:
        return [None] * len(requests)
    statements = [statement for document in policies.identity for statement in listed(document["Statement"])]
    evaluators = [IAMPolicy(json.dumps(document)) for document in policies.identity]
    return [outcome(evaluators, request) if can_read(statements, request) else None for request in requests]


def can_read(statements: list[Statement], request: Request) -> bool:
    if request.who.kind != "user" or request.owner not in (None, request.who.account):
        return False
    of_arn = request.resource.split(":")[4] if ":" in request.resource else ""
    if of_arn not in ("", request.who.account):
        return False
    return not any(kind.is_in(statement, request) for kind in DIFFERENCES.values() for statement in statements)


def outcome(evaluators: list[IAMPolicy], request: Request) -> str:
    """As moto combines the policies of one identity."""
    results = {evaluator.is_action_permitted(request.action, request.resource) for evaluator in evaluators}
    if PermissionResult.DENIED in results:
        return "explicit identity-based policy"
    return "allowed" if PermissionResult.PERMITTED in results else "implicit identity-based policy"
