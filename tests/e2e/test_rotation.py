"""A key is replaced under running applications: to the end, back again, with the server killed in every state."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness.keystead import Keystead
from harness.process import wait_until
from harness.scene import CREDENTIAL, ENDS, USER, Scene

READY_SECONDS_MAX = 1.0
# Every state on the way to the end, and none that is on another way.
STATES = {
    *("preflight", "creating", "staged", "verifying", "delivering", "proving"),
    *("deactivating", "watching", "deleting"),
}
ROTATIONS_MAX = 3


def keys_of(scene: Scene) -> dict[str, str]:
    """The user's keys and their statuses."""
    listed = scene.keystead.client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in listed}


@pytest.mark.timeout(600)
def test_kill_9_in_every_state_ends_done_and_fails_no_request(tmp_path: Path) -> None:
    with Scene(tmp_path) as scene:
        scene.set_up()
        killed_in: set[str] = set()
        outages: list[tuple[float, float]] = []
        # Some states last for milliseconds: what one rotation got past is met in another.
        for _ in range(ROTATIONS_MAX):
            before = keys_of(scene)
            scene.start_rotation()
            kill_in_every_state(scene, killed_in, outages)
            wait_until(lambda: scene.state() in ENDS, 120, "the rotation ends")
            assert scene.state() == "DONE", scene.rotation()
            (status,) = keys_of(scene).values()
            assert status == "Active" and keys_of(scene).keys() != before.keys()
            if killed_in >= STATES:
                break
        assert killed_in >= STATES

        failed = [one for one in scene.failures() if not during(outages, one.began, one.ended)]
        assert failed == []
        assert all(len(application.outcomes()) > 20 for application in scene.applications)
        slow = [ready - killed for killed, ready in outages if ready - killed > READY_SECONDS_MAX]
        assert slow == []


def kill_in_every_state(scene: Scene, killed_in: set[str], outages: list[tuple[float, float]]) -> None:
    """Kills the server once in each state that it has not been killed in, as soon as it is there."""
    database = scene.keystead.data / "keystead.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:

        def state() -> str:
            query = "select state from rotations where rotation_id = ?"
            return connection.execute(query, (scene.rotation_id,)).fetchone()[0]

        deadline = time.monotonic() + 200
        # Not through the API, which is slower than some states are short.
        while state() not in {"done", "rolled back", "blocked"} and not killed_in >= STATES:
            assert time.monotonic() < deadline, scene.rotation()
            if state() in killed_in:
                time.sleep(0.0005)
                continue
            killed = time.time()
            scene.keystead.kill()
            # The state it is found in afterwards, which is not surely the one it was seen in.
            killed_in.add(state())
            scene.keystead.start()
            outages.append((killed, time.time()))


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

        receipt = str(scene.keystead.command("rotate", "receipt", scene.rotation_id))
        assert old.id in receipt
        assert old.secret not in receipt
        assert all(application.name in receipt for application in scene.applications)


@pytest.mark.timeout(500)
def test_a_hidden_user_of_the_old_key_is_named_and_the_way_back_is_open(tmp_path: Path) -> None:
    with Scene(tmp_path) as scene:
        scene.start_keystead()
        old = scene.create_key()
        scene.adopt(old)
        scene.start_envoy()
        scene.start_applications()
        # Nobody registered this one: it has the key itself, as if it had been copied into a script.
        script = scene.keystead.client("sqs", old, scene.envoy.url, attempts=1)
        script.meta.events.register("before-send", mark)
        script.list_queues()
        scene.start_rotation()

        # It goes on past the demo profile's deadline of two minutes: nothing is switched off, somebody is asked.
        rotation = use_until(scene, script, "blocked", 200)
        assert keys_of(scene) == {old.id: "Active", rotation["new_access_key_id"]: "Active"}
        assert "forgotten-script" in rotation["question"]["text"]
        assert "forgotten-script" in rotation["sentence"]
        for application in scene.applications:
            assert application.name not in rotation["question"]["text"]

        scene.keystead.command("rotate", "rollback", scene.rotation_id)
        use_until(scene, script, "rolled back", 120)
        assert keys_of(scene) == {old.id: "Active"}
        assert scene.failures() == []
        assert all(application.outcomes()[-1].error is None for application in scene.applications)
        uses = scene.keystead.command("key", "uses", old.id)["consumers"]
        assert {one.name for one in scene.applications} <= {use["app_id"] for use in uses}


def use_until(scene: Scene, script: Any, state: str, seconds: float) -> dict[str, Any]:
    """Uses the old key twice a second until the rotation is in `state`; any refusal fails the test."""
    deadline = time.monotonic() + seconds
    while (rotation := scene.rotation())["state"] != state:
        assert time.monotonic() < deadline, rotation
        assert rotation["state"] not in {"deactivating", "watching", "deleting", "done"}
        script.list_queues()
        time.sleep(0.5)
    return rotation


def mark(request: Any, **_: object) -> None:
    """What AWS_SDK_UA_APP_ID=forgotten-script would do; the user agent is not signed."""
    agent = request.headers["User-Agent"]
    request.headers["User-Agent"] = (agent if isinstance(agent, str) else agent.decode()) + " app/forgotten-script"


def test_a_second_key_that_is_in_the_way_is_asked_about_and_left_alone(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start()
    key = keystead.create_user(USER)
    iam = keystead.client("iam")
    other = iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    adopt = ("managed", "adopt", CREDENTIAL, "--user-name", USER, "--access-key-id", key.id)
    keystead.command(*adopt, "--profile", "demo", stdin=key.secret)
    rotation_id = keystead.command("rotate", "start", CREDENTIAL, "--profile", "demo")["rotation_id"]

    def rotation() -> dict[str, Any]:
        return keystead.command("rotate", "status", rotation_id)

    wait_until(lambda: rotation()["state"] == "blocked", 20, "the rotation asks")
    assert other in rotation()["question"]["text"]
    listed = iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]
    assert {one["AccessKeyId"]: one["Status"] for one in listed} == {key.id: "Active", other: "Active"}
    # Approved without having changed anything, it asks again.
    keystead.command("rotate", "approve", rotation_id)
    wait_until(lambda: len(questions(rotation())) == 2, 20, "the rotation asks again")
    assert rotation()["state"] == "blocked"

    iam.delete_access_key(UserName=USER, AccessKeyId=other)
    keystead.command("rotate", "approve", rotation_id)
    wait_until(lambda: rotation()["new_access_key_id"], 20, "the rotation goes on")
    keystead.command("rotate", "rollback", rotation_id)
    wait_until(lambda: rotation()["state"] == "rolled back", 60, "the rotation goes back")
    (left,) = iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]
    assert (left["AccessKeyId"], left["Status"]) == (key.id, "Active")


def questions(rotation: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in rotation["entries"] if entry["kind"] == "asked"]
