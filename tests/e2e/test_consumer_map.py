"""Who uses a credential: learned from traffic, told by people, and what a rotation makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from harness.keystead import CommandFailed, Key, Keystead
from harness.process import wait_until
from harness.signing import sign
from harness.verifier import ask

HOST = "queue.example.com"
LATER = "2099-01-01T00:00:00Z"


class Traffic:
    """A credential `orders`, and uses of its keys that a verifier asks about."""

    def __init__(self, keystead: Keystead) -> None:
        self.keystead = keystead
        self.key = keystead.create_user("orders-app")
        adopt = ("managed", "adopt", "orders", "--user-name", "orders-app", "--access-key-id", self.key.id)
        keystead.command(*adopt, "--profile", "demo", stdin=self.key.secret)
        make = ("verifier", "create", "queue", "--service", "sqs", "--host", HOST, "--trust-forwarded")
        self.token = keystead.command(*make)["token"]

    def use(self, source: str, app: str = "") -> int:
        headers = {"User-Agent": f"Boto3/1.40 app/{app}"} if app else {}
        request = sign(self.key, "sqs", self.keystead.port, b"{}", host=HOST, headers=headers)
        return ask(self.keystead, self.token, request, source_address=source)[0]

    def map(self) -> dict[str, dict[str, Any]]:
        listed = self.keystead.command("consumer", "map", "orders")["consumers"]
        return {one["name"]: one for one in listed}

    def start(self) -> str:
        return self.keystead.command("rotate", "start", "orders", "--profile", "demo")["rotation_id"]

    def rotation(self, rotation_id: str) -> dict[str, Any]:
        return self.keystead.command("rotate", "status", rotation_id)


@pytest.fixture
def traffic(new_keystead: Callable[[], Keystead]) -> Traffic:
    keystead = new_keystead()
    keystead.start()
    return Traffic(keystead)


@pytest.mark.timeout(200)
def test_an_unknown_user_is_named_assigned_and_exempted_and_the_receipt_says_who_decided(
    traffic: Traffic,
) -> None:
    keystead = traffic.keystead
    for source in ("192.0.2.7", "192.0.2.8"):
        assert traffic.use(source) == 200
    keystead.command("consumer", "enroll", "orders", "web", "--kind", "credentials-file")
    seen = traffic.map()
    assert {name: one["kind"] for name, one in seen.items()} == {
        "192.0.2.7 (sqs)": "unknown",
        "192.0.2.8 (sqs)": "unknown",
        "web": "credentials_file",
    }
    assert seen["192.0.2.7 (sqs)"]["access_key_ids"] == [traffic.key.id]
    assert seen["192.0.2.7 (sqs)"]["regions"] and seen["192.0.2.7 (sqs)"]["seen_by"]

    keystead.command("consumer", "assign", "orders", "web", "--source", "192.0.2.8")
    rotation_id = traffic.start()
    wait_until(lambda: "192.0.2.7 (sqs)" in names(traffic.rotation(rotation_id)), 30, "it is seen")
    # Named while the rotation runs: it goes on under its name, and not as two.
    named = ("consumer", "name", "orders", "backup", "--source", "192.0.2.7", "--service", "sqs")
    keystead.command(*named, "--owner", "ops@example.com")
    wait_until(lambda: names(traffic.rotation(rotation_id)) == {"backup", "web"}, 30, "it is called by its name")
    mapped = traffic.map()
    assert (mapped["backup"]["kind"], mapped["backup"]["owner"]) == ("known", "ops@example.com")
    assert (mapped["web"]["uses"], set(mapped)) == (1, {"backup", "web"})

    keystead.command("rotate", "skip", rotation_id, "web")
    keystead.command("consumer", "remove", "orders", "web")
    why = ("--until", LATER, "--reason", "is switched off soon")
    for consumer in ("backup", "web"):
        if consumer in traffic.map():
            keystead.command("consumer", "exempt", "orders", consumer, *why)

    def ends() -> bool:
        # It goes on using the old key, which without its exemption would be waited for.
        traffic.use("192.0.2.7")
        rotation = traffic.rotation(rotation_id)
        assert rotation["state"] != "blocked", rotation
        return rotation["state"] == "done"

    wait_until(ends, 120, "the rotation ends")
    receipt = keystead.text("rotate", "receipt", rotation_id)
    assert "is switched off soon" in receipt and ":root (until 2099" in receipt
    written = {event["event"]["eventName"] for event in keystead.command("audit", "list")["events"]}
    assert written >= {"NameConsumer", "AssignConsumer", "ExemptConsumer"}


def names(rotation: dict[str, Any]) -> set[str]:
    return {consumer["name"] for consumer in rotation["consumers"]}


@pytest.mark.timeout(120)
def test_what_an_owner_says_of_its_rhythm_lengthens_the_proof(traffic: Traffic) -> None:
    enroll = ("consumer", "enroll", "orders", "nightly", "--kind", "credential-process", "--app-id", "nightly")
    traffic.keystead.command(*enroll, "--every-hours", "24")
    assert traffic.use("192.0.2.7", "nightly") == 200
    assert traffic.map()["nightly"]["every_hours"] == 24
    rotation_id = traffic.start()
    wait_until(lambda: traffic.rotation(rotation_id)["state"] == "proving", 60, "both keys work")
    sentence = traffic.rotation(rotation_id)["sentence"]
    (at,) = re.findall(r"at (\S+) at the earliest", sentence)
    assert datetime.fromisoformat(at) - datetime.now(UTC) > timedelta(hours=23), sentence
    traffic.keystead.command("rotate", "rollback", rotation_id)


def test_what_cannot_be_said_is_refused(traffic: Traffic, new_keystead: Callable[[], Keystead]) -> None:
    keystead = traffic.keystead
    traffic.use("192.0.2.7")
    for arguments, said in (
        (("assign", "orders", "nobody", "--source", "192.0.2.7"), "no enrolled consumer"),
        (("exempt", "orders", "nobody", "--until", LATER, "--reason", "x"), "no consumer"),
        (("exempt", "orders", "192.0.2.7 (sqs)", "--until", "2020-01-01T00:00:00Z", "--reason", "x"), "until"),
        (("name", "nothing", "a", "--source", "192.0.2.7"), "no managed credential"),
        (("map", "nothing"), "no managed credential"),
    ):
        with pytest.raises(CommandFailed, match=said):
            keystead.command("consumer", *arguments)
    other = new_keystead()
    stranger = other.account("create", "--root-email", "other@example.com", "--name", "other", "--root-key")
    other.start()
    own = Traffic(other)
    assert own.use("192.0.2.9") == 200
    for arguments in (
        ("map", "orders"),
        ("name", "orders", "a", "--source", "192.0.2.9"),
        ("assign", "orders", "a", "--source", "192.0.2.9"),
        ("exempt", "orders", "192.0.2.9 (sqs)", "--until", LATER, "--reason", "x"),
    ):
        with pytest.raises(CommandFailed, match="no managed credential"):
            other.command("consumer", *arguments, key=Key.of_root(stranger))
