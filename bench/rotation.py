"""Users whose rotations are all due at once, at the embedded authority, beside a script that does five IAM calls for
each of as many others, one after the other.

The script knows nothing and proves nothing; a rotation by the shortest profile waits for about half a minute, however
many there are. So what a single rotation takes stands beside both.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from discovery import peak_mib  # noqa: E402
from harness.keystead import Keystead  # noqa: E402
from harness.signing import send, sign  # noqa: E402

DAYS = 80
DAY_MICROS = 24 * 3600 * 1_000_000


def measure(folder: Path, users: int) -> dict[str, float]:
    """Seconds, memory, calls and writes of both."""
    made = Keystead(folder)
    made.init()
    quota = ("admin", "quota", "set", *made.location, made.account_id, "RotationsAtWorkPerAccount")
    made.command(*quota, str(users))
    made.start()
    try:
        iam = made.client("iam")
        for number in range(users + 1):
            iam.create_user(UserName=f"app-{number}")
            call(made, "POST", "/api/v1/credentials", name=f"app-{number}", user_name=f"app-{number}", profile="demo")
            schedule = {"every_days": DAYS, "jitter_minutes": 0}
            call(made, "PUT", f"/api/v1/credentials/app-{number}", schedule=schedule)
        one = all_due(made, 1)
        results = {"rotation_users": users, "rotation_one_seconds": one["seconds"]}
        results |= {f"rotation_{name}": value for name, value in all_due(made, users).items()}
        results["rotation_of_one"] = results["rotation_seconds"] / one["seconds"]
        for name in ("calls", "writes"):
            results[f"rotation_{name}_each"] = results[f"rotation_{name}"] / users
        return results | {"rotation_boto3_seconds": boto3_script(made, users)}
    finally:
        made.close()


def call(made: Keystead, method: str, path: str, **members: Any) -> None:
    headers = {"Content-Type": "application/json"}
    request = sign(made.root, "keystead", made.port, json.dumps(members).encode(), method, path, headers)
    reply = send(made.port, request)
    assert reply.status == 200, reply.body


def all_due(made: Keystead, count: int) -> dict[str, float]:
    """What it takes from the start of a server that finds so many rotations due until all are done."""
    made.stop()
    database = made.data / "keystead.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("delete from rotations")
        connection.execute("update access_keys set created_at = created_at - ?", (DAYS * DAY_MICROS,))
        due = "select credential_id from rotation_plans order by credential_id limit ?"
        connection.execute(f"update rotation_plans set next_at = 0 where credential_id in ({due})", (count,))
    began = time.monotonic()
    made.start()
    before = peak_mib(made)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        while figure(connection, "select count(*) from rotations where state = 'done'") < count:
            assert time.monotonic() - began < 1800, "the rotations do not end"
            time.sleep(0.1)
        seconds = time.monotonic() - began
        assert figure(connection, "select count(*) from rotations") == count
        return {
            "seconds": seconds,
            "added_mib": peak_mib(made) - before,
            "peak_mib": peak_mib(made),
            "calls": figure(connection, "select count(*) from rotation_entries where kind = 'resulted'"),
            "writes": figure(connection, "select sum(version) from rotations"),
        }


def figure(connection: sqlite3.Connection, query: str) -> int:
    return connection.execute(query).fetchone()[0] or 0


def boto3_script(made: Keystead, users: int) -> float:
    """The script in a process of its own, on the same users."""
    script = [sys.executable, str(HERE / "rotate_with_boto3.py"), made.url, str(users)]
    done = subprocess.run(script, env=made.environment(), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)["seconds"]


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(measure(Path(place) / "rotation", count), indent=2))
