"""The REST API by hand: curl signs, nothing else is needed."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from harness.keystead import REGION, Keystead


def curl(keystead: Keystead, path: str, *options: str) -> Any:
    """What the documentation shows, with the key in a file so that it stands on no command line."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--config", "-", *options, f"{keystead.url}/api/v1/{path}"],
        input=f'aws-sigv4 = "aws:amz:{REGION}:keystead"\nuser = "{keystead.root.id}:{keystead.root.secret}"\n',
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout)


def test_curl_signs_what_the_rest_api_takes(keystead: Keystead, user_name: str) -> None:
    body = json.dumps({"name": user_name, "services": ["sqs"], "hosts": ["queue"]})
    made = curl(keystead, "verifiers", "--json", body)
    assert made["token"]
    shown = curl(keystead, "audit-events?event_name=CreateVerifier&limit=1000")
    asked = [event["event"]["requestParameters"] for event in shown["events"]]
    assert user_name in {each["name"] for each in asked if each}
    gone = curl(keystead, f"verifiers/{made['verifier_id']}", "--request", "DELETE")
    assert gone == {"verifier_id": made["verifier_id"]}
    assert curl(keystead, "verifiers/none", "--request", "DELETE")["code"] == "NoSuchEntity"
