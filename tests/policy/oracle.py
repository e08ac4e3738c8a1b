"""IAM's evaluation logic a second time, from the pages of the IAM User Guide, as plainly as it can be said.

It was written from the documentation and shares nothing with the engine: it walks the JSON of the documents
statement by statement, compares letter by letter, leaves dates, numbers and addresses to Python, and is as
slow as that is. Where it and the engine differ, one of them has the pages wrong.

Where the pages leave a choice, both take the one that the engine's own documentation states.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any

Document = dict[str, Any]

IDENTITY, BOUNDARY, SESSION = "identity-based policy", "permissions boundary", "session policy"
RESOURCE, TRUST = "resource-based policy", "role trust policy"

# How closely a resource's policy names who asks.
NOT_AT_ALL, BY_ACCOUNT, BY_WHAT_IS_BEHIND, ITSELF = range(4)


@dataclass
class Policies:
    """The documents that apply to a request."""

    identity: list[Document] = field(default_factory=list)
    boundary: Document | None = None
    session: list[Document] | None = None
    resource: Document | None = None
    # Whether the resource is a role and its document the trust policy.
    is_trust: bool = False

    def by_type(self) -> Iterator[tuple[str, str, Document]]:
        """Each with its type and name, in the order in which they are named when they deny."""
        for number, document in enumerate(self.identity):
            yield IDENTITY, f"identity{number}", document
        if self.boundary is not None:
            yield BOUNDARY, "boundary", self.boundary
        for number, document in enumerate(self.session or []):
            yield SESSION, f"session{number}", document
        if self.resource is not None:
            yield self.resource_type(), "resource", self.resource

    def resource_type(self) -> str:
        return TRUST if self.is_trust else RESOURCE


@dataclass
class Who:
    """Who asks: the names it goes by itself, and those of the role or user behind its session."""

    kind: str
    names: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    account: str | None = None


@dataclass
class Request:
    """What is asked."""

    who: Who
    action: str
    resource: str
    context: dict[str, list[str]] = field(default_factory=dict)
    # Whose the resource is, where its ARN does not say.
    owner: str | None = None


class NoValue(Exception):
    """A variable that the request has no single value for: its statement is as if it were not written."""


# How often each operator was decided, with the key there and not.
Coverage = Counter[tuple[str, bool]]

# The outcome, and the name and place of every statement behind it.
Verdict = tuple[str, list[tuple[str, int]]]


def decide(policies: Policies, request: Request, seen: Coverage | None = None) -> Verdict:
    """What all policies together say."""
    denials, allowances = [], []
    closest = NOT_AT_ALL
    for policy_type, name, document in policies.by_type():
        for place, statement in enumerate(listed(document["Statement"])):
            closeness = applies(statement, document, request, seen)
            if closeness == NOT_AT_ALL:
                continue
            if statement["Effect"] == "Deny":
                denials.append((policy_type, (name, place)))
            else:
                allowances.append((policy_type, (name, place)))
                if policy_type in (RESOURCE, TRUST):
                    closest = max(closest, closeness)
    if denials:
        return f"explicit {denials[0][0]}", [statement for _, statement in denials]
    missing = first_missing(policies, request, closest, {policy_type for policy_type, _ in allowances})
    return f"implicit {missing}" if missing else "allowed", [statement for _, statement in allowances]


def first_missing(policies: Policies, request: Request, closest: int, allowing: set[str]) -> str | None:
    """The first type of policy that would have to allow and does not."""
    resource_type = policies.resource_type()
    who = request.who
    if who.account is None:
        # It has no policies of its own: the resource's are all there is.
        required = [resource_type]
    elif who.account != owner(request):
        # Another account: both must allow it.
        required = [resource_type, IDENTITY, BOUNDARY, SESSION]
    elif closest == ITSELF:
        # Granted to the user or the session directly: implicit denies do not matter.
        required = []
    elif closest == BY_WHAT_IS_BEHIND:
        # Granted to the role or user behind the session: what limits the session still does.
        required = [BOUNDARY, SESSION]
    elif policies.is_trust:
        # The exception: a role's trust policy must allow, also within the account.
        required = [TRUST, IDENTITY, BOUNDARY, SESSION]
    else:
        required = [IDENTITY, BOUNDARY, SESSION]
    present = {
        BOUNDARY: policies.boundary is not None,
        SESSION: policies.session is not None,
    }
    for policy_type in required:
        if present.get(policy_type, True) and policy_type not in allowing:
            return policy_type
    return None


def owner(request: Request) -> str | None:
    """The account of the resource: as said, or of its ARN, or of who asks."""
    parts = request.resource.split(":")
    of_arn = parts[4] if len(parts) > 5 and parts[0] == "arn" else ""
    return request.owner or of_arn or request.who.account


def applies(statement: dict[str, Any], document: Document, request: Request, seen: Coverage | None) -> int:
    """Whether a statement is about the request, and how closely it names who asks."""
    actions, all_but = element(statement, "Action")
    if any(action_matches(pattern, request.action) for pattern in actions or []) == all_but:
        return NOT_AT_ALL
    closeness = naming(statement, request.who)
    if closeness == NOT_AT_ALL:
        return NOT_AT_ALL
    fill = filler(document, request)
    try:
        resources, all_but = element(statement, "Resource")
        if resources is not None:
            # A list and not a generator: every variable is looked at, wherever it stands.
            if any([arn_matches(pattern, request.resource, fill) for pattern in resources]) == all_but:
                return NOT_AT_ALL
        for operator, block in statement.get("Condition", {}).items():
            for key, values in block.items():
                if not condition_holds(operator, key, listed(values), request, fill, seen):
                    return NOT_AT_ALL
    except NoValue:
        return NOT_AT_ALL
    return closeness


def element(statement: dict[str, Any], name: str) -> tuple[list[Any] | None, bool]:
    """The values of an element, and whether they stand under its negated name."""
    if f"Not{name}" in statement:
        return listed(statement[f"Not{name}"]), True
    return (listed(statement[name]) if name in statement else None), False


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Who


def naming(statement: dict[str, Any], who: Who) -> int:
    """How closely the statement names who asks; a statement without principals is about its identity."""
    principals, all_but = element(statement, "Principal")
    if principals is None:
        return ITSELF
    names = [
        (kind, name)
        for entry in principals
        for kind, under in ({"AWS": entry} if entry == "*" else entry).items()
        for name in listed(under)
    ]
    ways = [way for way in (BY_ACCOUNT, BY_WHAT_IS_BEHIND, ITSELF) if any(names_by(way, *name, who) for name in names)]
    if not all_but:
        return max(ways, default=NOT_AT_ALL)
    everybody = ("AWS", "*") in names
    # To be left out of a deny, a session must be listed with its role or user and with its account.
    left_out = set(ways) >= set(ways_to_name(who)) if statement["Effect"] == "Deny" else bool(ways)
    return NOT_AT_ALL if everybody or left_out else ITSELF


def names_by(way: int, kind: str, name: str, who: Who) -> bool:
    if kind == "AWS" and name == "*":
        return way == ITSELF
    if kind != {"service": "Service", "federated": "Federated"}.get(who.kind, "AWS"):
        return False
    if way == BY_ACCOUNT:
        return who.account is not None and name in (who.account, f"arn:aws:iam::{who.account}:root")
    return name in (who.behind if way == BY_WHAT_IS_BEHIND else who.names)


def ways_to_name(who: Who) -> list[int]:
    ways = [ITSELF]
    if who.behind:
        ways.append(BY_WHAT_IS_BEHIND)
    if who.account is not None:
        ways.append(BY_ACCOUNT)
    return ways


# What


def action_matches(pattern: str, action: str) -> bool:
    """Prefix and name, in which case does not matter; the prefix has no wildcards but `*` alone."""
    if pattern == "*":
        return True
    prefix, name = pattern.lower().split(":", 1)
    asked_prefix, asked_name = action.lower().split(":", 1)
    return prefix in ("*", asked_prefix) and like(wild(name), asked_name)


def arn_matches(pattern: str, asked: str, fill: Callable[..., list[str]]) -> bool:
    """Part by part; a wildcard does not reach over a colon, and parts that are not written match all."""
    if pattern == "*":
        return True
    parts = [fill(part, wild) for part in split_arn(pattern)]
    asked_parts = asked.split(":", 5)
    if len(asked_parts) != 6 or asked_parts[0] != "arn":
        return False
    return all(like(part, asked_part) for part, asked_part in zip(parts, asked_parts, strict=False))


def split_arn(pattern: str) -> list[str]:
    """At the first five colons that are not inside a variable."""
    variables = r"\$\{[^}]*\}"
    return [
        part.replace("\0", ":")
        for part in re.sub(variables, lambda found: found[0].replace(":", "\0"), pattern).split(":", 5)
    ]


# Text. A pattern is a list of letters in which the two wildcards are told from the letters they look like.

ANY, ONE = "any letters", "one letter"


def wild(text: str) -> list[str]:
    return [{"*": ANY, "?": ONE}.get(letter, letter) for letter in text]


def like(pattern: list[str], text: str) -> bool:
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first == ANY:
        return any(like(rest, text[skipped:]) for skipped in range(len(text) + 1))
    return bool(text) and first in (ONE, text[0]) and like(rest, text[1:])


def filler(document: Document, request: Request) -> Callable[..., list[str]]:
    """Reads a text of the document, its variables filled in, of which version 2012-10-17 was the first to
    have any. What a variable brings has no wildcards in it."""
    has_variables = document.get("Version") == "2012-10-17"

    def fill(text: str, read: Callable[[str], list[str]]) -> list[str]:
        variable = re.search(r"\$\{([^}]*)\}", text) if has_variables else None
        if variable is None:
            return read(text)
        before, after = text[: variable.start()], text[variable.end() :]
        return read(before) + list(value_of(variable[1], request)) + fill(after, read)

    return fill


def value_of(variable: str, request: Request) -> str:
    if variable in ("*", "?", "$"):
        return variable
    with_default = re.fullmatch(r"(.*?),\s*'(.*)'", variable)
    key, default = with_default.groups() if with_default else (variable, None)
    values = values_of(key, request)
    if not values and default is not None:
        return default
    if values is None or len(values) != 1:
        raise NoValue(variable)
    return values[0]


def values_of(key: str, request: Request) -> list[str] | None:
    """The values of a key, in which case does not matter; one without values is absent."""
    for name, values in request.context.items():
        if name.lower() == key.strip().lower():
            return values or None
    return None


# Conditions


def condition_holds(
    operator: str,
    key: str,
    wanted: list[Any],
    request: Request,
    fill: Callable[..., list[str]],
    seen: Coverage | None,
) -> bool:
    asked = values_of(key, request)
    if seen is not None:
        seen[operator, asked is not None] += 1
    wanted = [value if isinstance(value, str) else str(value).lower() for value in wanted]
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return str(asked is None).lower() in (value.lower() for value in wanted)
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    compare = COMPARISONS[name.replace("Not", "")]

    if asked is None:
        if if_exists or quantifier == "ForAllValues":
            return True
        return negated and quantifier != "ForAnyValue"
    if quantifier and asked == [""]:
        # Resolves to a null data set, such as an empty text: true for all, false for any.
        return quantifier == "ForAllValues"
    matches = [any([compare(value, one, fill) for one in wanted]) for value in asked]
    if quantifier == "ForAllValues":
        return all(matched != negated for matched in matches)
    if quantifier == "ForAnyValue":
        return any(matched != negated for matched in matches)
    return not any(matches) if negated else any(matches)


def filled(text: str, fill: Callable[..., list[str]]) -> str:
    return "".join(fill(text, list))


def boolean(asked: str, wanted: str, fill: Callable[..., list[str]]) -> bool:
    wanted = filled(wanted, fill).lower()
    return wanted in ("true", "false") and asked.lower() == wanted


def binary(asked: str, wanted: str, _fill: Callable[..., list[str]]) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == asked.encode()
    except binascii.Error:
        return False


def in_range(asked: str, wanted: str, _fill: Callable[..., list[str]]) -> bool:
    try:
        return ip_address(asked) in ip_network(wanted, strict=False)
    except ValueError:
        return False


def related(read: Callable[[str], Any], relation: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    """Holds where both are what the operator compares and stand so to each other."""

    def compare(asked: str, wanted: str, _fill: Callable[..., list[str]]) -> bool:
        left, right = read(asked), read(wanted)
        return left is not None and right is not None and relation(left, right)

    return compare


def number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None


def seconds(text: str) -> Decimal | None:
    """Seconds since 1970 of one of W3C's forms of ISO 8601, or as written."""
    if re.fullmatch(r"[0-9]+", text):
        return Decimal(text)
    text = re.sub(r"^([0-9]{4})(-[0-9]{2})?$", lambda found: found[1] + (found[2] or "-01") + "-01", text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    since = instant.replace(tzinfo=instant.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return Decimal(since.days) * 86_400 + since.seconds + Decimal(since.microseconds) / 1_000_000


RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda left, right: left == right,
    "LessThan": lambda left, right: left < right,
    "LessThanEquals": lambda left, right: left <= right,
    "GreaterThan": lambda left, right: left > right,
    "GreaterThanEquals": lambda left, right: left >= right,
}

# By name without its negation: the value asked with, the value written, and what fills in variables.
COMPARISONS: dict[str, Callable[..., bool]] = {
    "StringEquals": lambda asked, wanted, fill: filled(wanted, fill) == asked,
    "StringEqualsIgnoreCase": lambda asked, wanted, fill: filled(wanted, fill).lower() == asked.lower(),
    "StringLike": lambda asked, wanted, fill: like(fill(wanted, wild), asked),
    "Bool": boolean,
    "BinaryEquals": binary,
    "IpAddress": in_range,
    "ArnEquals": lambda asked, wanted, fill: arn_matches(wanted, asked, fill),
    "ArnLike": lambda asked, wanted, fill: arn_matches(wanted, asked, fill),
    **{f"Numeric{name}": related(number, relation) for name, relation in RELATIONS.items()},
    **{f"Date{name}": related(seconds, relation) for name, relation in RELATIONS.items()},
}
