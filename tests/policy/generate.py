"""Random policies and requests, drawn from few words so that they meet often."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oracle import Document, Policies, Request, Who

ACCOUNTS = ("111111111111", "222222222222")
ACTIONS = ("iam:GetUser", "iam:CreateUser", "s3:GetObject", "s3:PutObject", "sts:AssumeRole", "IAM:getuser")
ACTION_PATTERNS = (
    *("*", "iam:*", "IAM:Get*", "iam:getuser", "s3:?etObject", "s3:*Object", "*:Get*", "sts:Assume*", "ec2:*"),
    *("iam:*e*User", "s3:GetObject"),
)
RESOURCES = (
    "*",
    "arn:aws:iam::111111111111:user/Ann",
    "arn:aws:iam::222222222222:user/team/Ann",
    "arn:aws:iam::111111111111:role/Role",
    "arn:aws:s3:::bucket/Ann/file",
    "arn:aws:s3:::bucket/red/é",
    "arn:aws:s3:::bucket",
    "arn:aws:sns:eu-west-3:111111111111:topic:Ann",
)
RESOURCE_PATTERNS = (
    "*",
    "arn:aws:iam::*:user/*",
    "arn:*:iam::1111*:*",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:iam::*:user/*/${AWS:UserName}",
    "arn:aws:iam::222222222222:user/team/Ann",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'red'}/?",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::*",
    "arn:aws:s3",
    "arn:aws:s3:::bucket${*}",
    "arn:aws:sns:*:topic",
    "arn:aws:sns:*:*:topic:*",
)
STRINGS = ("Ann", "ann", "red", "", "*", "Énd", "éND")
STRING_PATTERNS = (
    *("Ann", "A*", "?nn", "*", "", "${aws:username}", "${aws:PrincipalTag/team, 'red'}", "${*}", "énd", "re?"),
    *("${x:absent}", "*n*n*"),
)
NUMBERS = ("0", "1", "-2", "10", "2.50", "2.5", "+1", "9007199254740993", "9007199254740992", "ten", "1.", "")
DATES = (
    *("1970-01-02T00:00:00Z", "86400", "2024-02-29T12:00:00Z", "2024-03-01T00:00:00Z", "1709208000", "0"),
    *("2024-02-29", "2024-02-29T13:00:00+01:00", "2024-02-29T12:00:00.5Z", "2024-03"),
)
# A policy is not taken with what is no date; a request may have anything.
ASKED_DATES = (*DATES, "2023-02-29", "soon")
BOOLS = ("true", "false", "TRUE", "maybe")
BINARY = ("hello", "world", "aGVsbG8=")
BASE64 = ("aGVsbG8=", "d29ybGQ=", "not base64")
ADDRESSES = ("203.0.113.7", "203.0.114.7", "10.0.0.1", "2001:db8::1", "2001:db8:1::", "nowhere")
RANGES = (
    *("203.0.113.0/24", "203.0.112.0/22", "10.0.0.1", "0.0.0.0/0", "10.0.0.1/31", "2001:DB8::/48"),
    *("2001:db8::/32", "2001:db8::1", "::/0"),
)
ARNS = (
    "arn:aws:sns:eu-west-3:111111111111:topic/a",
    "arn:aws:sns::111111111111:topic/Ann",
    "arn:aws:sqs:x:1:2",
    "none",
)
ARN_PATTERNS = (
    "arn:aws:sns:*:111111111111:topic/*",
    "arn:aws:sns:*:*",
    "arn:aws:s?s:*:*:*",
    "arn:aws:sns::111111111111:topic/${aws:username}",
    "*",
    "arn:aws:sqs:x:1:2",
)
COMPARES = {
    "String": ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"),
    "Numeric": ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
    "Date": ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
    "Arn": ("Equals", "Like", "NotEquals", "NotLike"),
}
OPERATORS = (
    *(
        f"{quantifier}{name}{suffix}"
        for name in (
            *(kind + relation for kind, relations in COMPARES.items() for relation in relations),
            *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress"),
        )
        for quantifier in ("", "ForAllValues:", "ForAnyValue:")
        for suffix in ("", "IfExists")
    ),
    *("Null", "ForAllValues:Null", "ForAnyValue:Null"),
)
# Operators are dealt in turn, so that each is drawn as often as any other, and mixed, so that those of one
# block seldom ask for the same key.
DEALT = random.Random(1).sample(OPERATORS, len(OPERATORS))
# The key an operator is drawn with and the values for it that a policy may have, by what its name has in it.
OPERANDS: dict[str, tuple[str, Sequence[Any]]] = {
    "String": ("x:text", STRING_PATTERNS),
    "Numeric": ("x:number", (*NUMBERS, 1, 10, 2.5)),
    "Date": ("x:date", DATES),
    "Arn": ("x:arn", ARN_PATTERNS),
    "Bool": ("x:bool", ("true", "false", "True", "perhaps", "${x:bool}", True, False)),
    "Binary": ("x:binary", BASE64),
    "IpAddress": ("x:address", RANGES),
    "Null": ("x:text", ("true", "false", "True", True, False)),
}
CONTEXT = {
    "aws:PrincipalTag/team": STRINGS,
    "x:text": STRINGS,
    "x:number": NUMBERS,
    "x:date": ASKED_DATES,
    "x:bool": BOOLS,
    "x:binary": BINARY,
    "x:address": ADDRESSES,
    "x:arn": ARNS,
}
PROVIDER, SERVICE = "accounts.example.com", "ec2.amazonaws.com"
USER_ID, ROLE_ID = "AIDAAAAAAAAAAAAAAAAAA", "AROAAAAAAAAAAAAAAAAAA"


@dataclass
class Words:
    """What the actions and resources of policies and requests are drawn from."""

    actions: Sequence[str]
    action_patterns: Sequence[str]
    resource_patterns: Sequence[str]
    # Whether there are conditions, negated elements and policies of all types.
    everything: bool = True


ALL = Words(ACTIONS, ACTION_PATTERNS, RESOURCE_PATTERNS)
# What any evaluator can be expected to read.
PLAIN = Words(
    actions=ACTIONS[:-1],
    action_patterns=("*", "iam:*", "iam:Get*", "iam:GetUser", "s3:*Object", "sts:AssumeRole", "ec2:*"),
    resource_patterns=("*", *RESOURCES[1:], "arn:aws:iam::111111111111:user/*", "arn:aws:s3:::bucket/*"),
    everything=False,
)


class Draw:
    """One set of policies and the requests for it, the same whenever the seed is."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        # One set in ten is plain.
        self._words = PLAIN if seed % 10 == 0 else ALL
        first = seed * 7 % len(DEALT)
        self._operators = itertools.cycle(DEALT[first:] + DEALT[:first])
        self.policies = self._policies()

    def _below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def _one_in(self, chances: int) -> bool:
        return self._random.random() * chances < 1

    def _pick(self, words: Sequence[Any]) -> Any:
        return words[int(self._random.random() * len(words))]

    def _pick_some(self, words: Sequence[Any]) -> Any:
        """One bare, or a list of one or two."""
        count = self._below(3)
        return [self._pick(words) for _ in range(count)] if count else self._pick(words)

    # Policies

    def _policies(self) -> Policies:
        identity = [self._document() for _ in range(self._below(4))]
        if not self._words.everything:
            return Policies(identity=[*identity, self._document()])
        policies = Policies(identity=identity)
        if self._one_in(3):
            policies.boundary = self._document()
        if self._one_in(3):
            policies.session = [self._document() for _ in range(self._below(3))]
        if self._one_in(2):
            policies.is_trust = self._one_in(3)
            policies.resource = self._document("trust" if policies.is_trust else "resource")
        return policies

    def _document(self, of: str = "identity") -> Document:
        statements = [self._statement(of) for _ in range(1 + self._below(4))]
        body = statements[0] if len(statements) == 1 and self._one_in(2) else statements
        version = self._pick((None, "2008-10-17", *["2012-10-17"] * 4))
        return {"Version": version, "Statement": body} if version else {"Statement": body}

    def _statement(self, of: str) -> dict[str, Any]:
        words = self._words
        negated = ("Not" if words.everything and self._one_in(6) else "" for _ in range(3))
        statement: dict[str, Any] = {"Effect": "Deny" if self._one_in(5) else "Allow"}
        if of == "trust":
            statement["Action"] = ["sts:AssumeRole", "sts:TagSession"]
        else:
            # Many that reach their conditions, so that all of those are decided often.
            any_action, any_resource = not self._one_in(3), not self._one_in(3)
            statement[f"{next(negated)}Action"] = self._pick_some(("*",) if any_action else words.action_patterns)
            statement[f"{next(negated)}Resource"] = self._pick_some(("*",) if any_resource else words.resource_patterns)
        if of != "identity":
            statement[f"{next(negated) if of == 'resource' else ''}Principal"] = self._principal()
        if words.everything and not self._one_in(4):
            statement["Condition"] = self._conditions()
        return statement

    def _principal(self) -> Any:
        account = self._pick(ACCOUNTS)
        names = (
            account,
            f"arn:aws:iam::{account}:root",
            f"arn:aws:iam::{account}:user/Ann",
            f"arn:aws:iam::{account}:role/Role",
            f"arn:aws:sts::{account}:assumed-role/Role/s",
            f"arn:aws:sts::{account}:federated-user/Ann",
            USER_ID,
            ROLE_ID,
        )
        return self._pick(
            (
                "*",
                {"AWS": "*"},
                {"Service": SERVICE, "AWS": self._pick_some(names)},
                {"Federated": [PROVIDER], "AWS": self._pick_some(names)},
                {"AWS": list(names[:6])},
                *({"AWS": self._pick_some(names)} for _ in range(3)),
            )
        )

    def _conditions(self) -> dict[str, Any]:
        blocks: dict[str, Any] = {}
        for _ in range(1 + self._below(4)):
            operator = next(self._operators)
            key, words = next(operands for kind, operands in OPERANDS.items() if kind in operator)
            # Half of the keys are written in another case than the request has them.
            blocks[operator] = {key.upper() if self._one_in(2) else key: self._pick_some(words)}
        return blocks

    # Requests

    def request(self) -> Request:
        """One more request."""
        who = self._who()
        return Request(
            who=who,
            action="sts:AssumeRole" if self.policies.is_trust else self._pick(self._words.actions),
            resource=self._pick(RESOURCES),
            context=self._context(who),
            owner=self._pick(ACCOUNTS) if self._words.everything and self._one_in(4) else None,
        )

    def _who(self) -> Who:
        account = self._pick(ACCOUNTS)
        user = f"arn:aws:iam::{account}:user/Ann"
        drawn = self._below(10) if self._words.everything else 9
        match drawn:
            case 0:
                return Who("service", (SERVICE,))
            case 1:
                return Who("federated", (PROVIDER,))
            case 2:
                return Who("anonymous")
            case 3 | 4:
                role = (f"arn:aws:iam::{account}:role/Role", ROLE_ID)
                return Who("role_session", (f"arn:aws:sts::{account}:assumed-role/Role/s",), role, account)
            case 5:
                return Who("federated_user", (f"arn:aws:sts::{account}:federated-user/Ann",), (user,), account)
            case _:
                return Who("user", (user, USER_ID), (), account)

    def _context(self, who: Who) -> dict[str, list[str]]:
        context = {}
        if who.kind == "user":
            context["aws:username"] = [self._pick(("Ann", "*", "Bob"))]
        for key, words in CONTEXT.items():
            if self._one_in(2):
                count = self._below(4) if self._one_in(3) else 1
                context[key] = [self._pick(words) for _ in range(count)]
        return context
