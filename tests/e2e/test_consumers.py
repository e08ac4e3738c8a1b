"""How an application gets a credential that Keystead keeps, with a real boto3 at the other end."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from harness.keystead import REGION, Key, Keystead, binary
from harness.process import Child
from harness.signing import send, sign
from harness.verifier import ask


@pytest.fixture
def credential(keystead: Keystead, user_name: str) -> tuple[str, Key]:
    """A credential in custody, named as its user, and the key behind it."""
    key = keystead.create_user(user_name)
    arguments = ("managed", "adopt", user_name, "--user-name", user_name, "--access-key-id", key.id)
    keystead.command(*arguments, stdin=key.secret)
    return user_name, key


def enroll(keystead: Keystead, credential: str, kind: str, folder: Path) -> Path:
    """Enrols a consumer; the file with its token."""
    made = keystead.command("consumer", "enroll", credential, "app", "--kind", kind)
    token_file = folder / "token"
    token_file.touch(0o600)
    token_file.write_text(made["token"])
    return token_file


@pytest.fixture
def aws_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """A configuration and a credentials file of this test alone."""
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    yield config, credentials


def test_boto3_gets_the_key_through_credential_process(
    keystead: Keystead, credential: tuple[str, Key], aws_files: tuple[Path, Path], tmp_path: Path
) -> None:
    name, key = credential
    token_file = enroll(keystead, name, "credential-process", tmp_path)
    command = f"{binary()} credential-process --token-file {token_file} --url {keystead.url}"
    aws_files[0].write_text(f"[default]\nregion = {REGION}\ncredential_process = {command}\n")
    session = boto3.Session()
    assert session.get_credentials().get_frozen_credentials()[:2] == (key.id, key.secret)
    sts = session.client("sts", endpoint_url=keystead.url)
    assert sts.get_caller_identity()["Arn"].endswith(f":user/{name}")


def test_credential_process_answers_in_the_form_sdks_expect(
    keystead: Keystead, credential: tuple[str, Key], tmp_path: Path
) -> None:
    name, key = credential
    token_file = enroll(keystead, name, "credential-process", tmp_path)
    done = run("credential-process", "--token-file", str(token_file), "--url", keystead.url)
    answer = json.loads(done.stdout)
    assert answer["Version"] == 1 and isinstance(answer["Version"], int)
    assert (answer["AccessKeyId"], answer["SecretAccessKey"]) == (key.id, key.secret)
    assert answer["Expiration"].endswith("Z")
    assert key.secret not in done.stderr


def test_a_wrong_token_gets_no_credential(
    keystead: Keystead, credential: tuple[str, Key], tmp_path: Path
) -> None:
    token_file = enroll(keystead, credential[0], "credential-process", tmp_path)
    token_file.write_text(token_file.read_text()[:-2] + "xx")
    done = run("credential-process", "--token-file", str(token_file), "--url", keystead.url)
    assert done.returncode != 0
    assert done.stdout == ""


def test_a_removed_consumer_gets_no_credential(
    keystead: Keystead, credential: tuple[str, Key], tmp_path: Path
) -> None:
    token_file = enroll(keystead, credential[0], "credential-process", tmp_path)
    arguments = ("credential-process", "--token-file", str(token_file), "--url", keystead.url)
    assert run(*arguments).returncode == 0
    keystead.command("consumer", "remove", credential[0], "app")
    refused = run(*arguments)
    assert (refused.returncode, refused.stdout) == (4, "")
    # Another one of the same name has another token.
    keystead.command("consumer", "enroll", credential[0], "app", "--kind", "credential-process")
    assert run(*arguments).returncode == 4


def test_the_consumer_of_a_forgotten_credential_gets_nothing(
    keystead: Keystead, credential: tuple[str, Key], tmp_path: Path
) -> None:
    token_file = enroll(keystead, credential[0], "credential-process", tmp_path)
    keystead.command("managed", "delete", credential[0])
    refused = run("credential-process", "--token-file", str(token_file), "--url", keystead.url)
    assert (refused.returncode, refused.stdout) == (4, "")


def test_a_token_is_good_for_its_own_credential_and_nothing_else(
    keystead: Keystead, credential: tuple[str, Key], tmp_path: Path
) -> None:
    name, key = credential
    # Another credential, with a consumer of the same name.
    other = keystead.create_user(f"{name}-other")
    adopt = ("managed", "adopt", f"{name}-other", "--user-name", f"{name}-other", "--access-key-id", other.id)
    keystead.command(*adopt, stdin=other.secret)
    keystead.command("consumer", "enroll", f"{name}-other", "app", "--kind", "credential-process")
    token = enroll(keystead, name, "credential-process", tmp_path).read_text()

    status, answer = with_token(keystead, token, "GET", "/api/v1/consumer/credential")
    assert (status, key.secret in answer, other.secret in answer) == (200, True, False)
    # To name another one is no way to it.
    for path in (f"?credential={name}-other", f"?credential_id={name}-other", f"/{name}-other"):
        status, answer = with_token(keystead, token, "GET", f"/api/v1/consumer/credential{path}")
        assert 400 <= status < 500 and other.secret not in answer
    for method, path in (
        *(("GET", f"/api/v1/{what}") for what in ("credentials", "rotations", "verifiers")),
        *(("GET", f"/api/v1/credentials/{one}") for one in (name, f"{name}-other")),
        *(("GET", f"/api/v1/credentials/{one}/consumers") for one in (name, f"{name}-other")),
        ("GET", f"/api/v1/access-keys/{key.id}/uses"),
        ("POST", f"/api/v1/credentials/{name}/consumers"),
        ("DELETE", f"/api/v1/credentials/{name}/consumers/app"),
        ("DELETE", f"/api/v1/credentials/{name}"),
        ("POST", "/api/v1/rotations"),
        ("POST", "/"),
    ):
        status, answer = with_token(keystead, token, method, path)
        assert status in (400, 401, 403), (method, path, status, answer)
    assert ask(keystead, token, sign(key, "sqs", keystead.port, b"{}"))[0] == 403


def test_an_access_key_and_a_verifiers_token_are_no_consumers_token(
    keystead: Keystead, credential: tuple[str, Key], tmp_path: Path
) -> None:
    name, _ = credential
    enroll(keystead, name, "credential-process", tmp_path)
    verifier = ("verifier", "create", f"v-{name}", "--service", "sqs", "--host", "q.example.com")
    token = keystead.command(*verifier)["token"]
    assert with_token(keystead, token, "GET", "/api/v1/consumer/credential")[0] == 403
    request = sign(keystead.root, "keystead", keystead.port, b"", "GET", "/api/v1/consumer/credential", headers={})
    assert send(keystead.port, request).status == 403


def with_token(keystead: Keystead, token: str, method: str, path: str) -> tuple[int, str]:
    """The status and body of the answer to a request that a token vouches for."""
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{keystead.url}{path}", headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def test_the_credentials_file_is_written_whole_private_and_beside_other_profiles(
    keystead: Keystead, credential: tuple[str, Key], aws_files: tuple[Path, Path], tmp_path: Path
) -> None:
    name, key = credential
    token_file = enroll(keystead, name, "credentials-file", tmp_path)
    _, credentials = aws_files
    other = "[other]\naws_access_key_id = KEPT\naws_secret_access_key = kept\n"
    credentials.write_text(other)
    done = run(
        *("credentials-file", "--token-file", str(token_file), "--url", keystead.url),
        *("--path", str(credentials), "--profile", "default", "--once"),
    )
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    assert "KEPT" in credentials.read_text()
    found = boto3.Session().get_credentials().get_frozen_credentials()
    assert (found.access_key, found.secret_key) == (key.id, key.secret)


def test_the_agent_writes_the_file_and_runs_the_reload_command(
    keystead: Keystead, credential: tuple[str, Key], aws_files: tuple[Path, Path], tmp_path: Path
) -> None:
    name, key = credential
    token_file = enroll(keystead, name, "credentials-file", tmp_path)
    reloaded = tmp_path / "reloaded"
    arguments = [
        *(binary(), "credentials-file", "--token-file", token_file, "--url", keystead.url),
        *("--path", aws_files[1], "--profile", "default", "--reload-command", f"touch {reloaded}"),
    ]
    with Child("agent", arguments, tmp_path / "agent.log") as agent:
        agent.wait_until(reloaded.exists, 10, "the reload command has run")
        assert key.id in aws_files[1].read_text()
        assert agent.exit_code() is None


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(binary()), *arguments],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
