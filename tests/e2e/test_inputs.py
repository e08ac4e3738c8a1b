"""Inputs: set on deployments and workloads, inherited, and given to processes on machines that are enrolled."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from harness.keystead import CommandFailed, Keystead, binary
from harness.process import wait_until
from harness.workload import Machine

SHOW = "import os, json; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('IN_')}))"


@pytest.fixture
def shop(keystead: Keystead) -> str:
    """A deployment."""
    name = f"shop-{uuid.uuid4().hex[:8]}"
    keystead.command("deployment", "create", name)
    return name


@pytest.fixture
def web(keystead: Keystead, shop: str) -> str:
    """A workload of the deployment."""
    keystead.command("workload", "create", f"web-{shop}", "--deployment", shop)
    return f"web-{shop}"


@pytest.fixture
def machine(keystead: Keystead, web: str, tmp_path: Path) -> Machine:
    made = Machine(keystead, tmp_path)
    made.enroll(web)
    return made


def store(keystead: Keystead, value: str) -> str:
    name = f"cred.{uuid.uuid4().hex[:8]}"
    keystead.command("credential", "create", name, stdin=value)
    return name


def test_a_process_gets_every_kind_of_input_in_its_environment(
    keystead: Keystead, shop: str, web: str, machine: Machine
) -> None:
    secret = store(keystead, "s3cr3t with 'quotes' and $HOME\nand lines")
    keystead.command("workload", "create", f"db-{shop}", "--deployment", shop)
    keystead.command("input", "set", "--workload", f"db-{shop}", "ADDRESS=text:10.0.0.7", f"PASSWORD=cred:{secret}")
    keystead.command(
        *("input", "set", "--deployment", shop, "IN_REGION=text:eu-west-1", "IN_LEVEL=text:info", "IN_OFF=text:x"),
        *("IN_BOTH=text:deployment",),
    )
    keystead.command(
        *("input", "set", "--workload", web, f"IN_SECRET=cred:{secret}", "IN_BLANK=blank", "IN_OFF=ignore"),
        *("IN_LEVEL=inherit", "IN_BOTH=text:workload", "IN_HOST=env:MACHINE_NAME", f"IN_DB=env:db-{shop}:ADDRESS"),
        f'IN_LIST=array:["text:a","cred:{secret}","env:db-{shop}:ADDRESS"]',
    )
    value = "s3cr3t with 'quotes' and $HOME\nand lines"
    expected = {
        "IN_REGION": "eu-west-1",
        "IN_LEVEL": "info",
        "IN_BOTH": "workload",
        "IN_SECRET": value,
        "IN_BLANK": "",
        "IN_HOST": "m-1",
        "IN_DB": "10.0.0.7",
        "IN_LIST": json.dumps(["a", value, "10.0.0.7"], separators=(",", ":")),
    }
    done = machine.run("exec", "--", sys.executable, "-c", SHOW, MACHINE_NAME="m-1")
    assert json.loads(done.stdout) == expected, done.stderr
    done = machine.run("inputs", "-o", "json", MACHINE_NAME="m-1")
    assert json.loads(done.stdout) == expected
    listed = keystead.command("input", "list", "--workload", web)["inputs"]
    froms = {one["name"]: f"{one['source']} (from {one['from']})" for one in listed}
    assert froms["IN_REGION"] == f"text:eu-west-1 (from deployment {shop})"
    assert froms["IN_SECRET"] == f"cred:{secret} (from workload {web})"
    assert froms["IN_OFF"] == f"ignore (from workload {web})"
    assert "s3cr3t" not in json.dumps(listed)
    # Where it is used, and who read it.
    used = keystead.command("credential", "show", secret)["used_by"]
    assert {"workload": web, "input": "IN_LIST"} in used and len(used) == 3
    reader = keystead.command("credential", "reads", secret)["reads"][0]["reader"]
    assert reader == f"arn:aws:keystead::{keystead.account_id}:workload/{web}"


def test_exec_is_replaced_by_the_command_and_hands_on_no_key(
    keystead: Keystead, web: str, machine: Machine
) -> None:
    secret = store(keystead, "in-the-environment-only")
    keystead.command("input", "set", "--workload", web, f"IN_SECRET=cred:{secret}")
    environment = machine.environment(KEYSTEAD_ACCESS_KEY_ID="AKIAX", KEYSTEAD_SECRET_ACCESS_KEY="mine")
    child = subprocess.Popen([str(binary()), "exec", "--", "sleep", "30"], env=environment)
    try:
        arguments = Path(f"/proc/{child.pid}/cmdline")
        wait_until(lambda: arguments.read_bytes().startswith(b"sleep\0"), 10, "the command is there")
        variables = Path(f"/proc/{child.pid}/environ").read_bytes().split(b"\0")
        assert b"IN_SECRET=in-the-environment-only" in variables
        assert not any(name in one for one in variables for name in (b"mine", b"AKIAX"))
        assert b"in-the-environment-only" not in arguments.read_bytes()
    finally:
        child.kill()
        child.wait()
    failed = machine.run("exec", "--", "/no/such/program")
    assert failed.returncode == 1 and "/no/such/program cannot be run" in failed.stderr
    assert machine.run("exec", "--", "sh", "-c", "exit 7").returncode == 7


def test_values_are_hidden_in_what_is_logged(
    keystead: Keystead, web: str, machine: Machine, tmp_path: Path
) -> None:
    values = {"IN_WORD": "hunter2-hunter2", "IN_KEY": "-----BEGIN-----\nMIIEvQIBADANBgkq\n-----END-----"}
    for name, value in values.items():
        keystead.command("input", "set", "--workload", web, f"{name}=cred:{store(keystead, value)}")
    keystead.command("input", "set", "--workload", web, "IN_PLAIN=text:not-hidden")
    program = tmp_path / "program.py"
    program.write_text(
        """
import base64, os, sys, time
word, key = os.environ["IN_WORD"], os.environ["IN_KEY"]
print("the word is", word, os.environ["IN_PLAIN"])
for letter in f"slowly {word}.":
    print(letter, end="", flush=True)
    time.sleep(0.01)
print(file=sys.stderr)
print("error", word, key, file=sys.stderr)
print(base64.b64encode(f"user:{word}".encode()).decode())
sys.exit(3)
"""
    )
    log = tmp_path / "program.log"
    done = machine.run("exec", "--log", str(log), "--", sys.executable, str(program))
    assert done.returncode == 3
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    for text in (log.read_text(), done.stdout + done.stderr):
        assert "hunter2" not in text and "MIIEvQ" not in text
        assert base64.b64encode(b"hunter2-hunter2").decode()[:12] not in text
        assert "the word is <hidden input IN_WORD> not-hidden" in text
        assert "slowly <hidden input IN_WORD>." in text
        assert "error <hidden input IN_WORD> <hidden input IN_KEY>" in text
    assert "hunter2" not in machine.run("exec", "--mask", "--", "sh", "-c", "env").stdout


def test_a_command_that_is_logged_is_told_to_end(keystead: Keystead, machine: Machine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "trap 'echo ending; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
    arguments = [str(binary()), "exec", "--log", str(log), "--", "sh", "-c", script]
    child = subprocess.Popen(arguments, env=machine.environment(), stdout=subprocess.DEVNULL)
    wait_until(lambda: log.exists() and "ready" in log.read_text(), 10, "the command is there")
    child.terminate()
    assert child.wait(10) == 5
    assert log.read_text() == "ready\nending\n"


def test_inputs_are_written_for_shells_and_to_files(
    keystead: Keystead, web: str, machine: Machine, tmp_path: Path
) -> None:
    value = "it's \"$HOME\" `id`\n\\ line"
    keystead.command("input", "set", "--workload", web, f"IN_SECRET=cred:{store(keystead, value)}", "IN_B=text:b c")
    printed = machine.run("inputs", "-o", "env").stdout
    shell = subprocess.run(
        ["sh", "-c", f"{printed}\n{sys.executable} -c '{SHOW}'".replace("'IN_'", '"IN_"')],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(shell.stdout) == {"IN_SECRET": value, "IN_B": "b c"}
    folder = tmp_path / "files"
    done = machine.run("inputs", "-o", "files", "--dir", str(folder))
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"IN_SECRET": value, "IN_B": "b c"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert machine.run("credential", "list", "-o", "env").returncode == 2


def test_missing_inputs_block_with_a_list_and_waiting_ends_when_they_come(
    keystead: Keystead, shop: str, web: str, machine: Machine
) -> None:
    gone = store(keystead, "v")
    keystead.command("workload", "update", web, "--require", "IN_A", "--require", "IN_B")
    keystead.command(
        *("input", "set", "--workload", web, f"IN_GONE=cred:{gone}", "IN_B=ignore", "IN_KEY=key:key-1"),
        "IN_NEAR=env:nobody:X",
    )
    keystead.command("credential", "delete", gone)
    done = machine.run("exec", "--", "echo", "started")
    assert done.returncode == 5 and done.stdout == ""
    for line in [
        f"IN_GONE: there is no stored credential {gone}",
        "IN_A: it is required and not set",
        "IN_B: it is required and not set",
        "IN_KEY: no private key is kept of the SSH key key-1",
        "IN_NEAR: there is no workload nobody in the same deployment",
    ]:
        assert line in done.stderr
    listed = keystead.command("input", "list", "--workload", web)["inputs"]
    assert [one["name"] for one in listed if one["problem"]] == ["IN_A", "IN_B", "IN_GONE", "IN_KEY", "IN_NEAR"]
    # Nothing was given, so nothing was read; the refusal is in the audit.
    waiting = subprocess.Popen(
        [str(binary()), "exec", "--wait", "30", "--", "echo", "started"],
        env=machine.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.5)
    assert waiting.poll() is None
    keystead.command("credential", "create", gone, stdin="again")
    keystead.command("input", "set", "--deployment", shop, "IN_A=text:a")
    changes = ("IN_B=blank", "IN_KEY=inherit", "IN_NEAR=inherit")
    keystead.command("input", "set", "--workload", web, *changes)
    assert waiting.communicate(timeout=30)[0] == "started\n"


def test_what_is_not_right_is_told_by_the_inputs_name_and_without_its_value(keystead: Keystead, web: str) -> None:
    for source in ("hunter2", "cred:no such", "env:1", "array:[1]", 'array:["hunter2"]', "key:"):
        with pytest.raises(CommandFailed) as failure:
            keystead.command("input", "set", "--workload", web, f"IN_X={source}", "IN_Y=text:y")
        assert "`IN_X`" in failure.value.stderr and "hunter2" not in failure.value.stderr.replace("IN_X=hunter2", "")
        assert failure.value.code == 2
    for name in ("1X", "A-B", "KEYSTEAD_TOKEN_FILE", "ä"):
        with pytest.raises(CommandFailed):
            keystead.command("input", "set", "--workload", web, f"{name}=text:y")
    # All or none.
    assert keystead.command("input", "list", "--workload", web)["inputs"] == []


def test_enrollment_is_good_once_and_a_new_one_ends_the_old(keystead: Keystead, web: str, tmp_path: Path) -> None:
    first, second = Machine(keystead, tmp_path / "1"), Machine(keystead, tmp_path / "2")
    first.folder.mkdir()
    second.folder.mkdir()
    earlier = keystead.command("workload", "enroll", web)["token"]
    token = keystead.command("workload", "enroll", web)["token"]
    assert "invalid" in first.run("enroll", stdin=earlier).stderr
    done = first.run("enroll", stdin=token)
    assert done.returncode == 0 and "ksw_" not in done.stdout
    assert stat.S_IMODE(first.token_file.stat().st_mode) == 0o600
    assert first.token_file.read_text().startswith(f"ksw_{keystead.account_id}_")
    again = second.run("enroll", stdin=token)
    assert again.returncode == 4 and not second.token_file.exists()
    assert first.inputs() == {}
    second.enroll(web)
    assert "invalid" in first.inputs() and second.inputs() == {}
    # A workload's token opens nothing else, and nothing else opens its inputs.
    events = keystead.command("audit", "list", "--event-name", "RedeemEnrollment")["events"]
    assert events and token not in json.dumps(events)
    keystead.command("workload", "delete", web)
    assert "invalid" in second.inputs()


def test_a_deployment_is_deleted_after_its_workloads(keystead: Keystead, shop: str, web: str) -> None:
    with pytest.raises(CommandFailed) as failure:
        keystead.command("deployment", "delete", shop)
    assert failure.value.code == 5 and web in failure.value.stderr
    keystead.command("workload", "delete", web)
    keystead.command("deployment", "delete", shop)
    assert shop not in [one["name"] for one in keystead.command("deployment", "list")["deployments"]]


def test_an_sdk_gets_the_key_that_is_in_force(keystead: Keystead, web: str, machine: Machine, tmp_path: Path) -> None:
    user = f"app-{web}"
    keys = [keystead.create_user(user)]
    made = keystead.client("iam").create_access_key(UserName=user)["AccessKey"]
    id_name, secret_name = store(keystead, keys[0].id), store(keystead, keys[0].secret)
    inputs = (f"AWS_ACCESS_KEY_ID=cred:{id_name}", f"AWS_SECRET_ACCESS_KEY=cred:{secret_name}")
    keystead.command("input", "set", "--workload", web, *inputs)
    process = f"{binary()} credential-process --workload-token-file {machine.token_file} --url {keystead.url}"
    config = tmp_path / "config"
    config.write_text(f"[profile app]\nregion = us-east-1\ncredential_process = {process}\n")

    def who() -> str:
        environment = {**machine.environment(), "AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "app"}
        script = f"import boto3; print(boto3.client('sts', endpoint_url={keystead.url!r}).get_caller_identity()['Arn'])"
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or done.stderr

    assert who().endswith(f"user/{user}")
    keystead.client("iam").update_access_key(UserName=user, AccessKeyId=keys[0].id, Status="Inactive")
    assert "InvalidClientTokenId" in who()
    keystead.command("credential", "update", id_name, "--value", stdin=made["AccessKeyId"])
    keystead.command("credential", "update", secret_name, "--value", stdin=made["SecretAccessKey"])
    assert who().endswith(f"user/{user}")


def test_an_ssh_key_is_selected_only_by_who_may_use_it(keystead: Keystead, user_name: str) -> None:
    keystead.command("workload", "create", user_name)
    for role, may in (("designer", False), ("actor", True)):
        name = f"{user_name}-{role}"
        key = keystead.create_user(name)
        arn = f"arn:aws:iam::aws:policy/keystead/{role}"
        keystead.client("iam").attach_user_policy(UserName=name, PolicyArn=arn)
        if may:
            keystead.command("input", "set", "--workload", user_name, "KEY=key:key-1", key=key)
            continue
        with pytest.raises(CommandFailed) as refused:
            keystead.command("input", "set", "--workload", user_name, "KEY=key:key-1", key=key)
        assert "keystead:UseSshKey" in refused.value.stderr
