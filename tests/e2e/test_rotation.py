"""A key is replaced under running applications, and the server is killed in every state of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from harness.process import wait_until
from harness.scene import USER, Scene

ENDS = {"DONE", "FAILED", "ROLLED_BACK", "BLOCKED"}
READY_SECONDS_MAX = 1.0


def keys_of(scene: Scene) -> list[tuple[str, str]]:
    listed = scene.keystead.client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
    return [(key["AccessKeyId"], key["Status"]) for key in listed]


@pytest.mark.timeout(400)
def test_kill_9_in_every_state_ends_done_and_fails_no_request(tmp_path: Path) -> None:
    with Scene(tmp_path) as scene:
        scene.set_up()
        ((old_key, _),) = keys_of(scene)
        scene.start_rotation()
        killed_in: set[str] = set()
        outages: list[tuple[float, float]] = []
        deadline = time.monotonic() + 300
        while (state := scene.state()) not in ENDS:
            assert time.monotonic() < deadline, scene.rotation()
            if state not in killed_in:
                killed_in.add(state)
                outages.append(kill_and_restart(scene))
            else:
                time.sleep(0.05)
        assert state == "DONE", scene.rotation()
        assert {"VERIFYING", "DELIVERING", "PROVING", "WATCHING"} <= killed_in

        ((new_key, status),) = keys_of(scene)
        assert (new_key != old_key, status) == (True, "Active")
        failed = [one for one in scene.failures() if not during(outages, one.began, one.ended)]
        assert failed == []
        assert all(len(application.outcomes()) > 20 for application in scene.applications)
        slow = [ready - killed for killed, ready in outages if ready - killed > READY_SECONDS_MAX]
        assert slow == []


def kill_and_restart(scene: Scene) -> tuple[float, float]:
    """From when to when Keystead was away."""
    killed = time.time()
    scene.keystead.kill()
    scene.keystead.start()
    return killed, time.time()


def during(outages: list[tuple[float, float]], began: float, ended: float) -> bool:
    return any(began <= ready and ended >= killed for killed, ready in outages)


@pytest.mark.timeout(400)
def test_the_old_key_is_refused_after_the_rotation_and_the_receipt_says_why_that_was_safe(
    tmp_path: Path,
) -> None:
    with Scene(tmp_path) as scene:
        scene.start_keystead()
        old = scene.create_key()
        scene.adopt(old)
        scene.start_envoy()
        scene.start_applications()
        scene.start_rotation()
        wait_until(lambda: scene.state() in ENDS, 240, "the rotation ends")
        assert scene.state() == "DONE"
        assert scene.failures() == []
        with pytest.raises(ClientError) as error:
            scene.keystead.client("sts", old, attempts=1).get_caller_identity()
        assert error.value.response["Error"]["Code"] == "InvalidClientTokenId"

        receipt = scene.keystead.command("rotate", "receipt", scene.rotation_id)
        text = str(receipt)
        assert old.id in text
        assert old.secret not in text
        assert all(application.name in text for application in scene.applications)


def test_an_application_that_keeps_the_old_key_is_named_and_nothing_is_switched_off(tmp_path: Path) -> None:
    with Scene(tmp_path) as scene:
        scene.start_keystead()
        old = scene.create_key()
        scene.adopt(old)
        scene.start_envoy()
        scene.start_applications()
        # Nobody registered this one: it has the key itself, as if it had been copied into a script.
        stubborn = scene.keystead.client("sqs", old, scene.envoy.url)
        stubborn.meta.events.register("before-send", lambda request, **_: mark(request))
        stubborn.list_queues()
        scene.start_rotation()

        def keeps_using_it() -> bool:
            stubborn.list_queues()
            return scene.state() == "PROVING"

        wait_until(keeps_using_it, 120, "the rotation waits for proof")
        quiet_until = time.monotonic() + 20
        while time.monotonic() < quiet_until:
            stubborn.list_queues()
            assert (old.id, "Active") in keys_of(scene)
        assert "forgotten-script" in str(scene.rotation())


def mark(request) -> None:  # noqa: ANN001 - botocore's prepared request
    """What AWS_SDK_UA_APP_ID=forgotten-script would do; the user agent is not signed."""
    agent = request.headers["User-Agent"]
    request.headers["User-Agent"] = (agent if isinstance(agent, str) else agent.decode()) + " app/forgotten-script"
