"""U6: a cloud that answers whatever does most harm. What it costs is bounded, and what it says is only text."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.cloud_proxy import Answered, Asked, CloudServer
from harness.keystead import CommandFailed, Keystead

NUMBER = "123456789012"
REGIONS = ["eu-west-1", "us-east-1"]
MIB = 1024 * 1024
# What a name can be made of to do harm: a page's markup, a terminal's colours, a line of its own, another direction.
NAME = '<img src=x onerror="alert(1)">\x1b[31m\x1b]0;owned\x07\r\nrow   two\u202egnp'


class Hostile(CloudServer):
    """Is a small cloud until `answer_list` says how lists are answered."""

    def __init__(self) -> None:
        self.answer_list: Callable[[Asked], str] = lambda _: ""
        super().__init__(self._answer)

    def _answer(self, asked: Asked) -> Answered:
        if asked.action == "GetCallerIdentity":
            text = f"<Account>{NUMBER}</Account><Arn>arn:aws:iam::{NUMBER}:user/keystead</Arn>"
            text = f"<GetCallerIdentityResult>{text}</GetCallerIdentityResult>"
        elif asked.action == "DescribeRegions":
            items = "".join(f"<item><regionName>{region}</regionName></item>" for region in REGIONS)
            text = f"<regionInfo>{items}</regionInfo>"
        else:
            text = self.answer_list(asked)
        # What says of itself which element it is in is sent as it is.
        whole = text if text.startswith("<!whole>") else f"<{root(asked)}>{text}</{root(asked)}>"
        return Answered(whole.removeprefix("<!whole>").encode())


def root(asked: Asked) -> str:
    """The name of a reply's root element."""
    return f"{asked.action}Response" if "Action" in asked.parameters else "List"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Hostile]:
    server = Hostile()
    yield server
    server.close()


@pytest.fixture
def installation(cloud: Hostile, tmp_path: Path) -> Iterator[Keystead]:
    keystead = Keystead(tmp_path / "keystead")
    keystead.init()
    keystead.command("admin", "endpoint", "add", "lab", *keystead.location, "--endpoint-url", cloud.url)
    keystead.start("--cloud-timeout-seconds", "5")
    cloud.answer_list = lambda _: ""
    keystead.command("cloud", "connect", "--endpoint", "lab", "--access-key-id", "AKIAHOSTILECLOUD0001", stdin="s" * 40)
    done(keystead)
    yield keystead
    keystead.close()


def done(keystead: Keystead) -> Any:
    """The newest discovery once it has ended."""
    until = time.monotonic() + 150
    while True:
        found = keystead.command("cloud", "discoveries", "lab")["discoveries"]
        if found and found[0]["finished_at"]:
            return found[0]
        assert time.monotonic() < until, found
        time.sleep(0.3)


def discover(keystead: Keystead, *arguments: str) -> Any:
    """A discovery from its begin to its end, and how many seconds that took."""
    began = time.monotonic()
    keystead.command("cloud", "discover", "lab", *arguments)
    return done(keystead), time.monotonic() - began


def peak(keystead: Keystead) -> int:
    """The most memory that the server has had so far, in bytes."""
    assert keystead.server is not None
    status = Path(f"/proc/{keystead.server.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def volumes(count: int, number: int, token: str = "") -> str:
    """A page of volumes, each with an id of its own."""
    items = "".join(
        f"<item><volumeId>vol-{number:06}-{item:06}</volumeId><status>in-use</status><size>8</size>"
        "<volumeType>gp3</volumeType><encrypted>true</encrypted><availabilityZone>eu-west-1a</availabilityZone></item>"
        for item in range(count)
    )
    return f"<volumeSet>{items}</volumeSet>{token and f'<nextToken>{token}</nextToken>'}"


def test_u6_a_name_is_shown_as_it_is_and_does_nothing(cloud: Hostile, installation: Keystead) -> None:
    escaped = NAME.replace("&", "&amp;").replace("<", "&lt;").replace("\x1b", "&#27;").replace("\x07", "&#7;")
    escaped = escaped.replace("\r", "&#13;")
    tags = f"<tagSet><item><key>Name</key><value>{escaped}</value></item></tagSet>"
    item = f"<item><instanceId>i-1</instanceId><instanceState><name>{escaped}</name></instanceState>{tags}</item>"
    reply = f"<reservationSet><item><instancesSet>{item}</instancesSet></item></reservationSet>"
    cloud.answer_list = lambda asked: reply if asked.action == "DescribeInstances" else ""
    ended, _ = discover(installation, "--region", REGIONS[0])
    assert (ended["state"], ended["found"]) == ("complete", 1)
    (found,) = installation.command("cloud", "resources", "lab")["resources"]
    assert found["name"] == found["state"] == found["attributes"]["tag:Name"] == NAME
    table = installation.text("cloud", "resources", "lab", "-o", "table")
    lines = table.rstrip("\n").split("\n")
    assert len(lines) == 2 and "<img src=x" in lines[1]
    assert not any(c in table for c in "\x1b\x07\r\u202e")
    assert "\x1b" not in installation.text("cloud", "changes", "lab", "-o", "table")


def test_u6_a_million_resources_are_cut_off_where_the_account_may_keep_no_more(
    cloud: Hostile, installation: Keystead
) -> None:
    before = peak(installation)

    def answer(asked: Asked) -> str:
        if asked.action != "DescribeVolumes":
            return ""
        number = int(asked.parameters.get("NextToken", 0))
        return volumes(1_000, number, str(number + 1) if number < 999 else "")

    cloud.answer_list = answer
    ended, seconds = discover(installation, "--region", REGIONS[0])
    assert ended["state"] == "incomplete"
    (note,) = ended["notes"]
    assert "volumes could not be read to the end" in note
    # Slow machines come to the end of the region's time first.
    assert "(200000, quota CloudResourcesPerAccount)" in note or "longer than the 60 s" in note
    assert 10_000 <= ended["found"] <= 200_000
    assert seconds < 75
    assert peak(installation) - before < 256 * MIB
    page = installation.client("iam").list_users(MaxItems=1)
    assert page["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_u6_pages_without_end_end(cloud: Hostile, installation: Keystead) -> None:
    before, numbers = peak(installation), itertools.count(1)
    cloud.answer_list = lambda _: volumes(0, 0, f"{next(numbers)}-{'t' * 4_000}")
    ended, seconds = discover(installation, "--region", REGIONS[0], "--kind", "volumes")
    assert (ended["state"], ended["found"]) == ("failed", 0)
    assert "it has more than 10000 pages" in ended["notes"][0] or "longer than the 60 s" in ended["notes"][0]
    assert ended["calls"] <= 10_000 and seconds < 75
    assert peak(installation) - before < 256 * MIB


def test_u6_a_page_that_comes_twice_is_a_loop_and_told_as_one(cloud: Hostile, installation: Keystead) -> None:
    after = {"0": "a", "a": "b", "b": "c", "c": "b"}

    def answer(asked: Asked) -> str:
        token = asked.parameters.get("NextToken", "0")
        return volumes(2, ord(token), after[token]) if asked.action == "DescribeVolumes" else ""

    cloud.answer_list = answer
    ended, seconds = discover(installation, "--region", REGIONS[0], "--kind", "volumes")
    assert (ended["state"], ended["calls"]) == ("failed", 4)
    assert "it goes round in circles: the same page came twice" in ended["notes"][0]
    assert seconds < 10
    # What was seen until then is kept, and nothing is said to be gone.
    assert len(installation.command("cloud", "resources", "lab")["resources"]) == 8
    assert ended["removed"] == 0
    with pytest.raises(CommandFailed, match="round in circles"):
        installation.command("cloud", "discover", "lab", "--region", REGIONS[0], "--kind", "volumes", "--wait")


BOMBS = {
    "small elements": "<a/>" * (MIB - 10),
    "small items": "<volumeSet>" + "<item><volumeId>v</volumeId></item>" * 115_000 + "</volumeSet>",
    "large items": volumes(4_900, 1).replace("gp3", "g" * 640),
    "a long namespace": f"<a xmlns='{'n' * 2 * MIB}'>" + "<a/>" * (MIB // 2 - 20) + "</a>",
    "attributes": "<a" + "".join(f" a{number}=''" for number in range(60_000)) + "/>",
    "too long": " " * 9 * MIB,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_u6_an_answer_cannot_blow_up_in_memory(cloud: Hostile, installation: Keystead, bomb: str) -> None:
    before = peak(installation)
    cloud.answer_list = lambda _: bomb
    ended, seconds = discover(installation)
    assert ended["tasks_done"] + ended["tasks_failed"] == ended["tasks_total"] == 13 * len(REGIONS) + 5
    assert seconds < 75 * (len(REGIONS) + 1)
    grown = peak(installation) - before
    assert grown < 256 * MIB, f"{grown / MIB:.0f} MiB"
