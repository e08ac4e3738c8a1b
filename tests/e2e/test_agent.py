"""`keystead agent`: what AWS's SDKs ask of it, and what is kept current on a machine."""

from __future__ import annotations

import json
import os
import socket
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness.agent import Agent, Reply, ask
from harness.keystead import CommandFailed, Key, Keystead
from harness.process import wait_until
from harness.traffic import Sdk

SDKS = ("boto3", "aws-cli", "javascript", "rust")
ROLES = "/latest/meta-data/iam/security-credentials/"


@pytest.fixture
def credential(keystead: Keystead, user_name: str) -> tuple[str, Key]:
    """A credential in custody, named as its user, and the key behind it."""
    key = keystead.create_user(user_name)
    adopt(keystead, user_name, key)
    return user_name, key


def adopt(keystead: Keystead, user_name: str, key: Key) -> None:
    arguments = ("managed", "adopt", user_name, "--user-name", user_name, "--access-key-id", key.id)
    keystead.command(*arguments, stdin=key.secret)


@pytest.fixture
def agent(keystead: Keystead, tmp_path: Path) -> Iterator[Agent]:
    with Agent(tmp_path / "agent", keystead) as made:
        yield made


def minutes_left(reply: Reply) -> float:
    return (datetime.fromisoformat(reply.json()["Expiration"]) - datetime.now(UTC)).total_seconds() / 60


@pytest.mark.parametrize("sessions", [True, False])
def test_every_sdk_gets_its_credential_at_the_container_endpoint(
    agent: Agent, credential: tuple[str, Key], sessions: bool
) -> None:
    name, key = credential
    agent.add(name, "web", "container", f"sessions = {str(sessions).lower()}")
    agent.start()
    answer = agent.fetch("web").json()
    if sessions:
        assert answer["AccessKeyId"].startswith("ASIA") and answer["Token"]
        assert key.secret not in json.dumps(answer)
    else:
        # Rust sends the empty token as an empty header, which must not matter.
        assert (answer["AccessKeyId"], answer["SecretAccessKey"], answer["Token"]) == (key.id, key.secret, "")
    for sdk in SDKS:
        with Sdk(sdk, agent.environment("web", AWS_ENDPOINT_URL=agent.keystead.url)) as client:
            outcome = client.call("GetCallerIdentity")
        assert outcome.get("output", {}).get("Arn", "").endswith(f":user/{name}"), (sdk, outcome)
    # Whichever it was, it is use of the key by this consumer.
    uses = agent.keystead.command("key", "uses", key.id)["consumers"]
    assert {use["app_id"] for use in uses} == {"web"}


def test_the_endpoint_keeps_to_the_contract_and_to_itself(agent: Agent, credential: tuple[str, Key]) -> None:
    agent.add(credential[0], "web", "container")
    agent.start()
    file = agent.authorization_file("web")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == file.read_text().strip() != ""
    began = time.monotonic()
    reply = agent.fetch("web")
    assert time.monotonic() - began < 0.1
    assert reply.headers["content-type"] == "application/json"
    assert {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"} <= reply.json().keys()
    assert 55 < minutes_left(reply) <= 60

    right = {"Authorization": file.read_text()}
    for headers in ({}, {"Authorization": "wrong"}, {"Authorization": f"Bearer {file.read_text()}"}):
        refused = ask(agent.url("web"), headers)
        assert refused.status == 403
        assert refused.json()["Code"] == refused.json()["code"] and refused.json()["Message"] == refused.json()["message"]
    assert ask(agent.url("nobody"), right).status == 403
    assert ask(agent.url("web"), {**right, "Host": "attacker.example"}).status == 421
    # The file is what counts, as the SDKs read it anew each time.
    file.write_text("another")
    assert ask(agent.url("web"), right).status == 403
    assert agent.fetch("web").status == 200

    log = (agent.folder / "agent.log").read_text()
    for kept in (agent.folder / "state").iterdir():
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    for secret in (credential[1].secret, reply.json()["SecretAccessKey"], reply.json()["Token"], right["Authorization"]):
        assert secret not in log


def test_sdks_get_it_from_the_stand_in_for_the_metadata_service(agent: Agent, credential: tuple[str, Key]) -> None:
    name, _ = credential
    agent.add(name, "web", "imds")
    agent.start()
    for sdk in ("boto3", "javascript"):
        with Sdk(sdk, agent.environment("web", AWS_ENDPOINT_URL=agent.keystead.url)) as client:
            outcome = client.call("GetCallerIdentity")
        assert outcome.get("output", {}).get("Arn", "").endswith(f":user/{name}"), (sdk, outcome)

    url = agent.imds_url("web")
    seconds = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    token = {"X-aws-ec2-metadata-token": ask(f"{url}/latest/api/token", seconds, "PUT").body}
    assert ask(f"{url}{ROLES}", token).body == "web"
    answer = ask(f"{url}{ROLES}web", token).json()
    assert (answer["Code"], answer["Type"]) == ("Success", "AWS-HMAC")
    # Version 1 of the service, which asks for no token, is not there; nor is anything for others.
    assert ask(f"{url}{ROLES}web").status == 401
    assert ask(f"{url}{ROLES}web", {"X-aws-ec2-metadata-token": "x"}).status == 401
    assert ask(f"{url}{ROLES}other", token).status == 404
    assert ask(f"{url}/latest/api/token", {}, "PUT").status == 400
    assert ask(f"{url}/latest/api/token", {**seconds, "X-Forwarded-For": "10.0.0.1"}, "PUT").status == 403


def test_it_goes_on_through_its_own_death_and_the_servers(
    new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    keystead = new_keystead()
    keystead.start()
    adopt(keystead, "app", keystead.create_user("app"))
    with Agent(tmp_path / "agent", keystead) as agent:
        agent.add("app", "web", "container")
        agent.add("app", "direct", "container", "sessions = false")
        agent.start()
        before = agent.fetch("web").json()
        keystead.kill()
        agent.kill()
        began = time.monotonic()
        agent.start()
        assert time.monotonic() - began < 1
        for name in ("web", "direct"):
            assert 19.9 < minutes_left(agent.fetch(name)) <= 60
        assert agent.fetch("web").json()["AccessKeyId"] == before["AccessKeyId"]
        status = agent.command("status", str(agent.config))
        assert status.returncode == 7 and "No answer from" in status.stdout
        keystead.start()
        wait_until(lambda: agent.command("status", str(agent.config)).returncode == 0, 20, "all is well again")
        # The session that is good is kept.
        assert agent.fetch("web").json()["AccessKeyId"] == before["AccessKeyId"]


def test_what_must_not_be_is_refused(agent: Agent, credential: tuple[str, Key]) -> None:
    agent.add(credential[0], "web", "container")
    right = agent.config.read_text()
    agent.start()
    second = agent.command("--config", str(agent.config))
    assert second.returncode == 5 and "Another agent" in second.stderr
    for wrong, part in [
        (right.replace("127.0.0.1", "0.0.0.0", 2), "not an address of loopback"),
        (right.replace("[[consumer]]", "[[consumer]]\nlisten = 1"), "unknown field"),
    ]:
        agent.config.write_text(wrong)
        checked = agent.command("check", str(agent.config))
        assert checked.returncode == 2 and part in checked.stderr
        # The one that runs goes on with what it has.
        agent.hangup()
        assert agent.fetch("web").status == 200
    assert agent.process is not None
    wait_until(lambda: (agent.folder / "agent.log").read_text().count("stays as it was") >= 1, 10, "it says so")
    agent.config.write_text(right)
    agent.add(credential[0], "later", "container")
    agent.hangup()
    wait_until(lambda: agent.authorization_file("later").exists(), 10, "the file is read anew")
    wait_until(lambda: agent.fetch("later").status == 200, 10, "the new consumer is served")
    assert agent.process.stop() == 0
    assert "stopped cleanly" in (agent.folder / "agent.log").read_text()


def test_files_commands_and_systemd_are_given_the_key(agent: Agent, credential: tuple[str, Key], tmp_path: Path) -> None:
    name, key = credential
    values = {"env": tmp_path / "app.env", "json": tmp_path / "app.json", "yaml": tmp_path / "app.yaml"}
    values["json"].write_text('{"port": 80, "aws": {"id": "", "secret": "x"}}')
    values["yaml"].write_text('# mine\naws:\n  id: "x" # here\n  secret: ""\nport: 80\n')
    taken = tmp_path / "taken"
    paths = 'access_key_id = "aws.id", secret_access_key = "aws.secret"'
    agent.add(
        *(name, "report", "file"),
        "file = [",
        f'  {{ path = "{values["env"]}", format = "env", reload_command = "touch {tmp_path}/reloaded" }},',
        f'  {{ path = "{values["json"]}", format = "json", {paths} }},',
        f'  {{ path = "{values["yaml"]}", format = "yaml", {paths}, mode = "0640" }},',
        "]",
        f'''exec = [{{ command = ["sh", "-c", "cat > {taken}"] }}]''',
        'systemd = { unit = "report@1.service", credential = "aws", format = "env" }',
    )
    agent.start()
    enrolled = lambda: agent.keystead.command("consumer", "list", name)["consumers"]  # noqa: E731
    wait_until(lambda: enrolled()[0]["applied_access_key_id"] == key.id, 10, "the key is reported to be in place")
    assert f"AWS_SECRET_ACCESS_KEY={key.secret}\n" in values["env"].read_text()
    assert json.loads(values["json"].read_text()) == {"port": 80, "aws": {"id": key.id, "secret": key.secret}}
    assert values["yaml"].read_text() == f'# mine\naws:\n  id: "{key.id}" # here\n  secret: "{key.secret}"\nport: 80\n'
    assert [stat.S_IMODE(values[one].stat().st_mode) for one in ("env", "yaml")] == [0o600, 0o640]
    assert (tmp_path / "reloaded").exists()
    assert json.loads(taken.read_text()) == {"access_key_id": key.id, "secret_access_key": key.secret}
    assert key.secret in systemd_asks(agent, "report@1.service", "aws")
    assert systemd_asks(agent, "other.service", "aws") == ""
    assert systemd_asks(agent, "report@1.service", "other") == ""
    assert stat.S_IMODE(agent.systemd_socket.stat().st_mode) == 0o600


def systemd_asks(agent: Agent, unit: str, credential: str) -> str:
    """What systemd would get for `LoadCredential=`: it names itself by the address it connects from."""
    with socket.socket(socket.AF_UNIX) as client:
        client.bind(f"\0{os.urandom(8).hex()}/unit/{unit}/{credential}")
        client.connect(str(agent.systemd_socket))
        return client.makefile().read()


def test_a_consumers_word_about_itself_is_its_own(keystead: Keystead, credential: tuple[str, Key]) -> None:
    name, key = credential
    token = keystead.command("consumer", "enroll", name, "web", "--kind", "container", "--app-id", "w")["token"]
    told = ask(f"{keystead.url}/api/v1/consumer", {"Authorization": f"Bearer {token}"})
    assert told.json() == {
        "name": "web",
        "kind": "container",
        "app_id": "w",
        "access_key_id": key.id,
        "endpoint": None,
        "region": None,
        "lease_seconds": 3600,
    }
    assert ask(f"{keystead.url}/api/v1/consumer", {"Authorization": f"Bearer {token[:-1]}"}).status == 403
    keystead.command("consumer", "remove", name, "web")
    assert ask(f"{keystead.url}/api/v1/consumer", {"Authorization": f"Bearer {token}"}).status == 403
    with pytest.raises(CommandFailed, match="kind"):
        keystead.command("consumer", "enroll", name, "web", "--kind", "pigeon")
