"""The value of a credential is in the environment of the process it is for, and in no other place."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from harness.keystead import CommandFailed, Keystead, binary
from harness.process import wait_until
from harness.workload import Machine
from test_canary import found_in

CANARY = "canary-value-of-a-stored-credential"
PASSWORD = "Canary-Password-of-the-viewer-1"


@contextmanager
def watching(secrets: dict[str, bytes]) -> Iterator[set[tuple[str, str, int]]]:
    """Looks at the arguments and the environment of every process all the time; what was seen, where, in which."""
    seen: set[tuple[str, str, int]] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                for part in ("cmdline", "environ"):
                    try:
                        text = (process / part).read_bytes()
                    except OSError:
                        continue
                    seen.update((name, part, int(process.name)) for name, secret in secrets.items() if secret in text)

    thread = threading.Thread(target=watch)
    thread.start()
    yield seen
    stop.set()
    thread.join()


class Recorder(BaseHTTPRequestHandler):
    """Takes every request, keeps its first line and headers, and says that it is not there."""

    heads: list[bytes] = []
    bodies: list[bytes] = []

    def take(self) -> None:
        self.heads.append(f"{self.requestline}\n{self.headers}".encode())
        self.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.send_response(503)
        self.end_headers()

    do_GET = do_POST = do_PUT = do_DELETE = take

    def log_message(self, *_: object) -> None:
        pass


def test_u5_a_value_is_in_the_environment_of_its_process_only(
    new_keystead: Callable[[], Keystead], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYSTEAD_LOG", "trace")
    keystead = new_keystead()
    keystead.start()
    secrets = {"the value": CANARY.encode(), "the password": PASSWORD.encode()}
    viewer = keystead.create_user("viewer", administrator=True)
    keystead.client("iam").create_login_profile(UserName="viewer", Password=PASSWORD)
    machine = Machine(keystead, tmp_path)
    told: list[str] = []

    def refused(*arguments: str, stdin: str) -> None:
        with pytest.raises(CommandFailed) as failure:
            keystead.command(*arguments, key=viewer, stdin=stdin)
        told.append(failure.value.stdout + failure.value.stderr)

    with watching(secrets) as seen:
        keystead.command("credential", "create", "db", stdin=CANARY)
        keystead.command("credential", "update", "db", "--value", stdin=f"{CANARY}-2")
        keystead.command("credential", "restore", "db", "1")
        refused("credential", "create", "db", stdin=CANARY)
        refused("credential", "create", "AWS_X", stdin=CANARY)
        refused("credential", "create", "large", stdin=CANARY * 2000)
        refused("credential", "create", "zero", stdin=f"{CANARY}\0")
        refused("credential", "reveal", "db", "--version-number", "9", stdin=PASSWORD)
        assert CANARY in keystead.text("credential", "reveal", "db", key=viewer, stdin=PASSWORD)
        for arguments in [("list",), ("show", "db"), ("versions", "db"), ("reads", "db")]:
            told.append(keystead.text("credential", *arguments))
        keystead.command("workload", "create", "web")
        told.append(keystead.text("input", "set", "--workload", "web", "DB=cred:db"))
        told.append(keystead.text("input", "list", "--workload", "web"))
        machine.enroll("web")
        secrets["the workload's token"] = machine.token_file.read_bytes()
        child = subprocess.Popen([str(binary()), "exec", "--", "sleep", "60"], env=machine.environment())
        try:
            variables = Path(f"/proc/{child.pid}/environ")
            wait_until(lambda: CANARY.encode() in variables.read_bytes(), 10, "the process has its input")
            time.sleep(0.3)
        finally:
            child.kill()
            child.wait()
        keystead.command("input", "set", "--workload", "web", "GONE=cred:db", "KEY=key:none")
        told.append(machine.run("exec", "--", "true").stderr)
        told.append(machine.run("exec", "--", "/no/such/program").stderr)
    assert seen == {("the value", "environ", child.pid)}

    told.append(keystead.text("audit", "list", "-o", "json", "--limit", "1000"))
    assert "RevealInputs" in told[-1]
    assert keystead.stop() == 0
    log = keystead.log.read_bytes()
    assert b"keystead is serving" in log
    for text in [*(text.encode() for text in told), log]:
        assert found_in(text, secrets) == []
    files = [path for path in keystead.data.rglob("*") if path.is_file()]
    assert any(path.suffix.startswith(".db") for path in files)
    for path in files:
        assert found_in(path.read_bytes(), secrets) == [], path


def test_u5_no_value_or_token_is_in_an_address_or_a_header_that_is_logged(keystead: Keystead, tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    machine = Machine(keystead, tmp_path)
    machine.token_file.write_text("ksw_111122223333_canary-token-of-a-workload")
    try:
        for arguments, stdin in [
            (("credential", "create", "db"), CANARY),
            (("credential", "update", "db", "--value"), CANARY),
            (("credential", "reveal", "db"), PASSWORD),
            (("enroll", "--token-file", str(tmp_path / "new")), "kse_111122223333_canary-token-of-enrollment"),
        ]:
            done = machine.run(*arguments, "--url", url, stdin=stdin, **keystead_key(keystead))
            assert done.returncode == 6 and stdin not in done.stdout + done.stderr
        assert machine.run("inputs", "--url", url).returncode == 6
    finally:
        server.shutdown()
        server.server_close()
    secrets = {
        **{"the value": CANARY.encode(), "the password": PASSWORD.encode()},
        "the enrollment": b"kse_111122223333_canary-token-of-enrollment",
        "the token": b"ksw_111122223333_canary-token-of-a-workload",
    }
    *heads, last = Recorder.heads
    assert len(heads) == 4 and all(found_in(head, secrets) == [] for head in heads)
    # The workload's token is where tokens go: in the header that nobody logs.
    assert found_in(last.lower().split(b"authorization:")[0], secrets) == [] and b"Bearer ksw_" in last
    assert len([body for body in Recorder.bodies if found_in(body, secrets)]) == 4


def keystead_key(keystead: Keystead) -> dict[str, str]:
    return {"KEYSTEAD_ACCESS_KEY_ID": keystead.root.id, "KEYSTEAD_SECRET_ACCESS_KEY": keystead.root.secret}
