"""The key by which Keystead itself reaches a connected account is rotated: it signs with the new one first, whatever is
killed meanwhile, and never uses a key to switch that very key off."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from harness.cloud_proxy import Answered, Asked, CloudProxy
from harness.faulty_cloud import REGIONS_REPLY
from harness.keystead import CommandFailed, Key, Keystead
from harness.moto import CloudUser, Moto
from harness.process import wait_until

PASSWORD = "correct horse battery staple 1A!"
SIGNER = re.compile(r"Credential=(?P<id>[^/]+)/")
REFUSAL = b"""<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included
in the request is invalid.</Message></Error><RequestId>1</RequestId></ErrorResponse>"""
ENDS = {"done", "rolled back"}


def signer(asked: Asked) -> str:
    """The key a call was signed with."""
    headers = {name.lower(): value for name, value in asked.headers.items()}
    found = SIGNER.search(headers.get("authorization", ""))
    return found["id"] if found else ""


class Lab:
    """A cloud with one user, reached through a proxy that remembers every call, and an installation it is connected to."""

    def __init__(self, folder: Path) -> None:
        self.cloud = Moto(folder)
        self.cloud.warm()
        self.user: CloudUser = self.cloud.user("keystead")
        self.cloud.enforce()
        self.meddle: Callable[[Asked], Answered | None] = lambda _: None
        self.lose: Callable[[Asked], bool] = lambda _: False
        self.proxy = CloudProxy(self.cloud.url, self._answer, lambda asked: self.lose(asked))
        self.keystead = Keystead(folder / "keystead")
        self.keystead.init()
        where = ("--endpoint-url", self.proxy.url, "--names-owners")
        self.keystead.command("admin", "endpoint", "add", "lab", *self.keystead.location, *where)
        self.keystead.start(
            *("--cloud-timeout-seconds", "5", "--cloud-status-interval-seconds", "1"),
            *("--cloud-status-retry-seconds", "1"),
        )
        self.keystead.command("root", "password", stdin=PASSWORD)
        connect = ("cloud", "connect", "--endpoint", "lab", "--access-key-id", self.user.key.id)
        self.keystead.command(*connect, stdin=self.user.key.secret)
        wait_until(lambda: self.lamps() == {"green"}, 60, "the lamps are green")

    def _answer(self, asked: Asked) -> Answered | None:
        if asked.action == "DescribeRegions":
            # Two regions are enough, and spare moto most of the work.
            refused = self.meddle(asked)
            return refused or Answered(REGIONS_REPLY.encode())
        return self.meddle(asked)

    def lamps(self) -> set[str]:
        regions = self.keystead.command("cloud", "status", "lab")["regions"]
        return {region["account"] for region in regions if region["opted_in"]}

    def rotate(self) -> str:
        return str(self.keystead.command("cloud", "rotate", "lab", "--profile", "demo")["rotation_id"])

    def rotation(self, rotation_id: str) -> dict[str, Any]:
        return dict(self.keystead.command("rotate", "status", rotation_id))

    def ended(self, rotation_id: str) -> dict[str, Any]:
        """The rotation once it has ended; nobody answers any question."""

        def has_ended() -> dict[str, Any] | None:
            # Keystead may just have been killed.
            with suppress(CommandFailed):
                rotation = self.rotation(rotation_id)
                assert rotation["state"] != "blocked", rotation
                return rotation if rotation["state"] in ENDS else None
            return None

        return wait_until(has_ended, 150, "the rotation ends")

    def keys(self) -> list[tuple[str, str]]:
        """The keys of the user at the cloud."""
        self.cloud.enforce(False)
        listed = self.cloud.client("iam").list_access_keys(UserName="keystead")
        self.cloud.enforce()
        return [(key["AccessKeyId"], key["Status"]) for key in listed["AccessKeyMetadata"]]

    def current(self) -> str:
        """The key in use."""
        return str(self.keystead.command("managed", "show", "cloud:lab")["access_key_id"])

    def close(self) -> None:
        self.keystead.close()
        self.proxy.close()
        self.cloud.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.close()


@pytest.mark.timeout(300)
def test_keystead_switches_itself_first_and_its_probes_never_fail(lab: Lab) -> None:
    old = lab.user.key
    rotation_id = lab.rotate()
    for command, stdin, told in [
        (("cloud", "update", "lab", "--access-key-id", old.id), old.secret, "is being rotated"),
        (("cloud", "delete", "lab", "--yes"), PASSWORD, "is being rotated"),
        (("cloud", "rotate", "lab"), "", "is running already"),
    ]:
        with pytest.raises(CommandFailed) as refused:
            lab.keystead.command(*command, stdin=stdin)
        assert told in refused.value.stderr
    lamps = set()
    while (rotation := lab.rotation(rotation_id))["state"] not in ENDS:
        assert rotation["state"] != "blocked", rotation
        lamps |= lab.lamps()
        time.sleep(0.3)
    assert rotation["state"] == "done", rotation
    assert lamps == {"green"}
    new = lab.current()
    assert new != old.id and lab.keys() == [(new, "Active")]
    off = [asked for asked in lab.proxy.calls if asked.parameters.get("AccessKeyId") == old.id]
    changes = {asked.action: signer(asked) for asked in off if asked.action in {"UpdateAccessKey", "DeleteAccessKey"}}
    assert changes == {"UpdateAccessKey": new, "DeleteAccessKey": new}
    # When the old key was switched off, nothing had been signed with it for a while.
    off_at = next(i for i, asked in enumerate(lab.proxy.calls) if asked.parameters.get("Status") == "Inactive")
    assert {signer(asked) for asked in lab.proxy.calls[off_at - 20 :]} == {new}
    shown = lab.keystead.command("managed", "show", "cloud:lab")
    assert shown["access_key_id"] == new and shown["cloud_account_id"]
    with pytest.raises(CommandFailed) as refused:
        lab.keystead.command("consumer", "enroll", "cloud:lab", "app", "--kind", "credential-process")
    assert "nobody else is given it" in refused.value.stderr
    events = lab.keystead.text("audit", "list", "--event-name", "UpdateCloudCredentials", "-o", "json")
    assert new in events


@pytest.mark.timeout(400)
def test_it_is_killed_at_each_step_and_goes_on(lab: Lab) -> None:
    """kill -9 before and after the cloud has done what it was asked, at each thing that is asked once."""
    old = lab.user.key
    kills = [
        (action, before)
        for action in ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "switched"]
        for before in (True, False)
    ]

    def step(asked: Asked) -> str:
        if asked.parameters.get("Status") == "Active":
            # It is asked whether keys can be made inactive, before anything begins.
            return ""
        is_new = signer(asked) not in {old.id, ""}
        return "switched" if is_new and asked.service == "ec2" else asked.action

    def kill(asked: Asked, before: bool) -> bool:
        if (step(asked), before) not in kills:
            return False
        kills.remove((step(asked), before))
        lab.keystead.kill()
        return True

    def before(asked: Asked) -> Answered | None:
        return Answered(b"", 503) if kill(asked, True) else None

    lab.meddle, lab.lose = before, lambda asked: kill(asked, False)
    rotation_id = lab.rotate()

    def revived() -> bool:
        with suppress(CommandFailed):
            return lab.rotation(rotation_id)["state"] in ENDS
        lab.keystead.close()
        lab.keystead.start()
        return False

    wait_until(revived, 300, "the rotation ends")
    assert kills == []
    assert lab.ended(rotation_id)["state"] == "done"
    new = lab.current()
    assert new != old.id and lab.keys() == [(new, "Active")]
    wait_until(lambda: lab.lamps() == {"green"}, 30, "the lamps are green")


@pytest.mark.timeout(300)
def test_it_goes_back_to_the_old_key_when_it_is_refused_with_the_new_one(lab: Lab) -> None:
    old = lab.user.key
    tries: Counter[tuple[str, str]] = Counter()

    def refuse(asked: Asked) -> Answered | None:
        key = signer(asked)
        if key in {old.id, ""}:
            return None
        tries[key, asked.region] += asked.action == "GetCallerIdentity"
        # Accepted while it is tried, three times in each region, and no longer once it is used.
        return Answered(REFUSAL, 403) if tries[key, asked.region] > 3 else None

    lab.meddle = refuse
    rotation = lab.ended(lab.rotate())
    assert rotation["state"] == "rolled back"
    assert "was refused with the new one" in rotation["sentence"]
    lab.meddle = lambda _: None
    assert lab.current() == old.id and lab.keys() == [(old.id, "Active")]
    wait_until(lambda: lab.lamps() == {"green"}, 30, "the lamps are green")
    # The next one succeeds.
    assert lab.ended(lab.rotate())["state"] == "done"


@pytest.mark.timeout(400)
def test_somebody_else_who_has_the_key_is_named_and_waited_for(lab: Lab) -> None:
    old = lab.user.key
    hidden = lab.cloud.client("ec2", old)
    rotation_id = lab.rotate()

    def asks() -> dict[str, Any] | None:
        hidden.describe_regions()
        rotation = lab.rotation(rotation_id)
        assert rotation["state"] not in ENDS, rotation
        return rotation if rotation["state"] == "blocked" else None

    rotation = wait_until(asks, 300, "the rotation asks")
    assert "somebody" in rotation["sentence"] and "still use" in rotation["sentence"], rotation["sentence"]
    assert (old.id, "Active") in lab.keys()
