"""The demo: a key is replaced while three applications go on using it, and you watch.

Run it with `make demo`; `DEMO=short make demo` ends by itself. Everything lives in a temporary
folder and on loopback ports, and all of it is gone afterwards.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path

from harness.keystead import CommandFailed
from harness.process import ChildFailed
from harness.scene import CREDENTIAL, ENDS, KINDS, USER, Scene
from picture import ApplicationLine, KeyLine, Picture
from screen import Screen

SECONDS_MAX = 100 if os.environ.get("DEMO") == "short" else 290
LOOK_SECONDS = 0.5
REQUESTS_MIN = 1_000


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    screen = Screen()
    with tempfile.TemporaryDirectory(prefix="keystead-demo-") as folder, Scene(Path(folder)) as scene:
        try:
            set_up(scene, screen)
            done = watch_rotation(scene, screen)
            show_result(scene, screen, done)
            if done and os.environ.get("DEMO") != "short":
                keep_running(scene, screen)
        except KeyboardInterrupt:
            screen.line("\nStopped; nothing is left behind.")
            return 130
        except (ChildFailed, CommandFailed, TimeoutError, AssertionError) as error:
            show_trouble(scene, screen, error)
            return 1
    return 0 if done else 1


def set_up(scene: Scene, screen: Screen) -> None:
    """Everything up to the moment before the rotation, a line a step."""
    screen.title("Keystead: replacing a key that is in use")
    screen.line("Three applications use one access key to reach a queue service. The key is replaced;")
    screen.line("none of them is restarted, and no request may fail.")
    screen.line()
    scene.start_keystead()
    screen.step("Keystead serves", f"{scene.keystead.url}, account {scene.keystead.account_id}")
    key = scene.create_key()
    screen.step("aws iam create-user, create-access-key", f"{USER} has {key.id}")
    scene.adopt(key)
    screen.step("keystead managed adopt", f"“{CREDENTIAL}” is in Keystead's custody")
    scene.start_envoy()
    screen.step("Envoy guards the queue service", f"{scene.envoy.url}, asking Keystead about every request")
    scene.start_applications()
    for name, kind in KINDS.items():
        screen.step("boto3 application", f"{name}, credentials by {kind.replace('-', ' ')}")
    scene.start_rotation()
    screen.step("keystead rotate start", f"{CREDENTIAL} --profile demo")
    screen.line()


def watch_rotation(scene: Scene, screen: Screen) -> bool:
    """Shows the rotation until it ends; whether it ended as it should."""
    began = time.monotonic()
    while True:
        picture = look(scene, time.monotonic() - began)
        screen.show(picture)
        # With the old key gone the applications go on until enough requests have shown that nothing is amiss.
        enough = picture.state != "DONE" or picture.requests >= REQUESTS_MIN
        if picture.state in ENDS and enough:
            screen.settle()
            return picture.state == "DONE" and picture.failed == 0
        if time.monotonic() - began > SECONDS_MAX:
            raise TimeoutError(f"the rotation is not over after {SECONDS_MAX} s: {picture.sentence}")
        time.sleep(LOOK_SECONDS)


def look(scene: Scene, seconds: float) -> Picture:
    """Asks everyone concerned how it stands."""
    rotation = scene.rotation()
    listed = scene.keystead.client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
    keys = [key_line(scene, key["AccessKeyId"], key["Status"]) for key in listed]
    return Picture(
        seconds=seconds,
        state=str(rotation["state"]).upper(),
        sentence=rotation.get("sentence", ""),
        keys=keys,
        applications=[application_line(application, keys) for application in scene.applications],
    )


def key_line(scene: Scene, key_id: str, status: str) -> KeyLine:
    try:
        consumers = scene.keystead.command("key", "uses", key_id)["consumers"]
    except CommandFailed:
        # The rotation has deleted it since it was listed.
        consumers = []
    used = sorted((use["last_used_at"], use["app_id"]) for use in consumers if use["app_id"] and use["uses"])
    return KeyLine(key_id, status, {app_id: last_used_at for last_used_at, app_id in used})


def application_line(application, keys: list[KeyLine]) -> ApplicationLine:  # noqa: ANN001
    outcomes = application.outcomes()
    errors = [outcome.error for outcome in outcomes if outcome.error]
    used = {key.id: key.used_by[application.name] for key in keys if application.name in key.used_by}
    current = max(used, key=lambda key_id: used[key_id]) if used else ""
    return ApplicationLine(
        application.name, application.kind, current, len(outcomes), len(errors), errors[-1] if errors else ""
    )


def show_result(scene: Scene, screen: Screen, done: bool) -> None:
    outcomes, failures = scene.outcomes(), scene.failures()
    screen.line()
    screen.text(scene.keystead.text("rotate", "receipt", scene.rotation_id))
    screen.line()
    word = "DONE" if done else scene.state()
    screen.verdict(done, f"{word}: {len(outcomes):,} requests, {len(failures)} failed")
    for failure in failures[:5]:
        screen.line(f"  {failure.error}")


def keep_running(scene: Scene, screen: Screen) -> None:
    # Drawn anew each time: nothing here has a password that is known.
    password = secrets.token_urlsafe(18)
    scene.keystead.command("root", "password", stdin=password)
    screen.line()
    screen.line("Keystead goes on running, and so do the applications. Its console, for the root user:")
    screen.line()
    screen.line(f"  {scene.keystead.url}/console")
    screen.line(f"  e-mail address root@example.com, password {password}")
    screen.line()
    screen.line("In another terminal:")
    screen.line()
    for command in (
        f"export KEYSTEAD_URL={scene.keystead.url} AWS_ENDPOINT_URL={scene.keystead.url}",
        f"export AWS_ACCESS_KEY_ID={scene.keystead.root.id} AWS_DEFAULT_REGION=us-east-1",
        f"export AWS_SECRET_ACCESS_KEY={scene.keystead.root.secret}",
        f"aws iam list-access-keys --user-name {USER}",
        f"keystead consumer list {CREDENTIAL}",
        f"keystead rotate start {CREDENTIAL} --profile demo",
    ):
        screen.line(f"  {command}")
    screen.line()
    screen.line("Ctrl-C ends all of it and removes its folder.")
    signal.pause()


def show_trouble(scene: Scene, screen: Screen, error: Exception) -> None:
    screen.settle()
    screen.verdict(False, "The demo could not go on")
    screen.text(str(error))
    for log in scene.logs():
        lines = log.read_text(errors="replace").splitlines()[-8:]
        if lines:
            screen.line(f"\n-- {log.relative_to(scene.folder)}")
            screen.text("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
