"""The engine beside two other readings of the policy language."""

from __future__ import annotations

import json
import os

import moto_voice
import oracle
import pytest
from compare import compare
from engine import Engine, program
from moto.iam.access_control import IAMPolicy
from oracle import Policies, Request, Who

CASES = 200_000
# How often each operator must have been decided, with the key there and not.
DECIDED_MIN = 1_000
# How many of the cases must have been put to moto too.
THIRD_VOICE_MIN = 5_000


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    if not program().exists():
        command = "cargo build --package keystead-policy --example decide"
        pytest.exit(f"{program()} is missing: run `{command}`", returncode=2)


@pytest.mark.timeout(600)
def test_three_readings_of_the_documentation_agree() -> None:
    tally = compare(CASES, os.cpu_count() or 1)
    print(tally, dict(tally.outcomes))
    assert tally.cases == CASES
    assert tally.rarest()[1] >= DECIDED_MIN, str(tally)
    assert tally.third_voice >= THIRD_VOICE_MIN, str(tally)
    # Every way to end: allowed, and denied in both ways by each of the five types of policy.
    assert len(tally.outcomes) == 11, tally.outcomes


@pytest.mark.parametrize("kind", moto_voice.DIFFERENCES.values(), ids=moto_voice.DIFFERENCES.keys())
def test_moto_differs_where_the_table_says(kind: moto_voice.Difference) -> None:
    document = {"Version": "2012-10-17", "Statement": kind.statement}
    policies = Policies(identity=[document])
    who = Who("user", ("arn:aws:iam::111111111111:user/Ann", "AIDAAAAAAAAAAAAAAAAAA"), (), "111111111111")
    request = Request(who, kind.action, kind.resource, {"aws:username": ["Ann"], "x:text": ["Bob"]})
    assert kind.is_in(kind.statement, request)
    assert moto_voice.decide(policies, [request]) == [None]
    assert oracle.decide(policies, request)[0] == kind.outcome
    with Engine() as engine:
        engine.ask(policies, [request])
        assert engine.answers()[0][0] == kind.outcome
    evaluator = IAMPolicy(json.dumps(document))
    assert moto_voice.outcome([evaluator], request) != kind.outcome, "moto agrees now: take the row out"
