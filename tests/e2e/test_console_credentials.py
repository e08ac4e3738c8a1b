"""Stored credentials, deployments and workloads in the console: what is stored is selected by its name, given to
workloads, and shown to nobody who may not see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.console import Session, signed_in, submit
from harness.keystead import Keystead
from harness.moto import Moto
from harness.workload import Machine

PASSWORD = "correct horse battery staple 1A!"
VALUE = "tr0ub4dor&3 <b>\n second line"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    moto = Moto(tmp_path_factory.mktemp("cloud"))
    yield moto
    moto.close()


@pytest.fixture(scope="module")
def keystead(cloud: Moto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystead]:
    keystead = Keystead(tmp_path_factory.mktemp("credentials"))
    keystead.init()
    keystead.command("admin", "endpoint", "add", "lab", *keystead.location, "--endpoint-url", cloud.url)
    keystead.start()
    keystead.command("root", "password", stdin=PASSWORD)
    user = cloud.user("keystead")
    arguments = ("--endpoint", "lab", "--access-key-id", user.key.id)
    keystead.command("cloud", "connect", *arguments, stdin=user.key.secret)
    yield keystead
    keystead.close()


@pytest.fixture
def root(keystead: Keystead) -> Session:
    return signed_in(keystead, "root@example.com", PASSWORD)


def store(root: Session, name: str, value: str = VALUE, **more: str) -> None:
    made = submit(root, "/console/credentials/new", {"name": name, "value": value, **more})
    assert (made.status, made.location) == (303, f"/console/credentials/{name}?said=credential-stored"), made.text


def test_generated_credentials_stand_apart(root: Session) -> None:
    store(root, "APART")
    own, generated = root.get("/console/credentials").text, root.get("/console/credentials?generated=true").text
    assert ">APART<" in own and "AWS_SECRET_ACCESS_KEY" not in own
    assert ">AWS_SECRET_ACCESS_KEY<" in generated and ">APART<" not in generated
    page = root.get("/console/credentials/AWS_SECRET_ACCESS_KEY").text
    assert "never shown" in page and "/reveal" not in page and "/edit" not in page
    # Not by its address either.
    refused = submit(root, "/console/credentials/AWS_SECRET_ACCESS_KEY/reveal", {"password": PASSWORD})
    assert refused.status in (400, 403, 409) and "is generated" in refused.text
    taken = submit(root, "/console/credentials/new", {"name": "aws_mine", "value": "x"})
    assert taken.status == 400 and "AWS_" in taken.text and "aws_mine" in taken.text


def test_the_list_is_filtered_by_a_part_of_the_name(root: Session) -> None:
    store(root, "FILTER_ONE")
    store(root, "FILTER_TWO")
    page = root.get("/console/credentials?name=filter_o").text
    assert ">FILTER_ONE<" in page and ">FILTER_TWO<" not in page
    assert "holds “nosuch”" in root.get("/console/credentials?name=nosuch").text


def test_a_value_is_shown_after_the_password_and_that_is_written_down(root: Session) -> None:
    store(root, "SHOWN", description="For the test.")
    page = root.get("/console/credentials/SHOWN").text
    assert "tr0ub4dor" not in page and "For the test." in page and "Nobody yet." in page
    path = "/console/credentials/SHOWN/reveal"
    wrong = submit(root, path, {"password": "wrong"})
    assert wrong.status >= 400 and "tr0ub4dor" not in wrong.text
    shown = submit(root, path, {"password": PASSWORD})
    assert shown.status == 200 and "tr0ub4dor&#38;3 &#60;b&#62;\n second line" in shown.text
    assert "no-store" in shown.headers["cache-control"]
    assert ":root</code>" in root.get("/console/credentials/SHOWN").text


def test_a_new_value_is_a_version_and_an_old_one_comes_back(keystead: Keystead, root: Session) -> None:
    store(root, "TURNS", "first")
    base = "/console/credentials/TURNS"
    assert submit(root, f"{base}/edit", {"value": "second", "description": "now described"}).status == 303
    page = root.get(base).text
    assert "Version 2" in page and "Version 1" in page and "now described" in page
    # Saved with nothing in the field, the value stays.
    submit(root, f"{base}/edit", {"value": "", "description": "other words"})
    assert "Version 3" not in root.get(base).text
    assert submit(root, base, {"version": "1"}, form=f"{base}/restore").status == 303
    assert "the value of version 1 again" in root.get(base).text
    assert "first" in submit(root, f"{base}/reveal", {"password": PASSWORD}).text


def test_a_credential_is_deleted_by_its_name_after_who_uses_it_was_read(keystead: Keystead, root: Session) -> None:
    store(root, "GOING")
    keystead.command("deployment", "create", "leaving")
    keystead.command("input", "set", "--deployment", "leaving", "TOKEN=cred:GOING")
    assert ">leaving</a>" in root.get("/console/credentials/GOING").text
    path = "/console/credentials/GOING/delete"
    assert "The deployment leaving selects it as TOKEN." in root.get(path).text
    assert submit(root, path, {"typed": "gone"}).status == 400
    assert submit(root, path, {"typed": "GOING"}).location == "/console/credentials?said=credential-deleted"
    assert root.get("/console/credentials/GOING").status == 404


def test_a_credential_called_new_has_a_page(root: Session) -> None:
    made = submit(root, "/console/credentials/new", {"name": "new", "value": "x"})
    assert made.location == "/console/credentials/new/details?said=credential-stored"
    assert "<h1>new</h1>" in root.get("/console/credentials/new/details").text


def test_a_workload_is_given_what_was_chosen_for_it(keystead: Keystead, root: Session, tmp_path: Path) -> None:
    store(root, "DB_PASSWORD", "s3cret-of-the-db")
    new = {"name": "shop", "description": "The shop."}
    assert submit(root, "/console/deployments/new", new).location == "/console/deployments/shop?said=deployment-made"
    made = submit(root, "/console/workloads/new", {"name": "web", "deployment": "shop", "required": "DB_HOST, DB_PASSWORD"})
    assert made.location == "/console/workloads/web?said=workload-made"
    assert "It would not start now." in root.get("/console/workloads/web").text
    # The choices hold what people stored and what was generated.
    page = root.get("/console/deployments/shop").text
    choices = re.findall(r'<option value="([^"]*)"', page)
    assert {"text", "cred:DB_PASSWORD", "cred:AWS_ACCESS_KEY_ID", "cred:AWS_SECRET_ACCESS_KEY"} <= set(choices)

    def put(holder: str, **fields: str) -> None:
        base = f"/console/{holder}"
        assert submit(root, base, fields, form=f"{base}/input").location == f"{base}?said=input-set"

    put("deployments/shop", input="DB_HOST", source="text", text="10.0.0.7")
    put("deployments/shop", input="DB_PASSWORD", source="cred:DB_PASSWORD")
    put("workloads/web", input="DB_HOST", source="text", text="10.0.0.8")
    put("workloads/web", input="KEY", source="cred:AWS_ACCESS_KEY_ID")
    page = root.get("/console/workloads/web").text
    assert "granted neither to this workload nor to its deployment" in page and "s3cret" not in page
    grant = {"holder": "deployment:shop"}
    base = "/console/credentials/AWS_ACCESS_KEY_ID"
    assert submit(root, base, grant, form=f"{base}/grant").location == f"{base}?said=credential-granted"
    page = root.get("/console/workloads/web").text
    assert "It would not start now." not in page and "text:10.0.0.8" in page and "workload web" in page
    given = Machine(keystead, tmp_path)
    given.enroll("web")
    done = given.run("exec", "--", "sh", "-c", 'test "$DB_HOST $DB_PASSWORD" = "10.0.0.8 s3cret-of-the-db" && test -n "$KEY"')
    assert done.returncode == 0, done.stderr
    # Taken away from the workload, the deployment's is in force again; the grant taken back, it is missing again.
    submit(root, "/console/workloads/web", {"input": "DB_HOST"}, form="/console/workloads/web/unset")
    assert "text:10.0.0.7" in root.get("/console/workloads/web").text
    assert submit(root, base, grant, form=f"{base}/revoke").status == 303
    assert "It would not start now." in root.get("/console/workloads/web").text
    refused = submit(root, "/console/workloads/web", {"input": "X", "source": "other", "text": "hunter2"}, form="/console/workloads/web/input")
    assert refused.status == 400 and "write text: before it" in refused.text


def test_the_token_of_a_workload_is_shown_once(keystead: Keystead, root: Session) -> None:
    keystead.command("workload", "create", "once")
    page = root.get("/console/workloads/once").text
    hidden = {name: re.search(f'name="{name}" value="([^"]*)"', page).group(1) for name in ("token", "once")}  # type: ignore[union-attr]
    first = root.post("/console/workloads/once/enrollment", hidden)
    token = re.search(r"kse_\w+", first.text)
    assert first.status == 200 and token and "shown once" in first.text
    again = root.post("/console/workloads/once/enrollment", hidden)
    assert not set(re.findall(r"kse_\w+", again.text)) - {token[0]}
    assert token[0] not in root.get("/console/workloads/once").text
    assert submit(root, "/console/workloads/once/delete").location == "/console/workloads?said=workload-deleted"
    assert root.get("/console/workloads/once").status == 404


def test_who_may_not_see_values_sees_none(keystead: Keystead, root: Session) -> None:
    store(root, "HIDDEN")
    iam = keystead.client("iam")
    iam.create_user(UserName="actor")
    iam.create_login_profile(UserName="actor", Password=PASSWORD)
    for role in ("observer", "actor"):
        iam.attach_user_policy(UserName="actor", PolicyArn=f"arn:aws:iam::aws:policy/keystead/{role}")
    actor = signed_in(keystead, "actor", PASSWORD)
    refused = submit(actor, "/console/credentials/HIDDEN/reveal", {"password": PASSWORD})
    assert refused.status == 403 and "not authorized" in refused.text and "tr0ub4dor" not in refused.text
