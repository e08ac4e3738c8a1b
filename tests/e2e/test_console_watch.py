"""A rotation watched to its end in one page that is never loaded again, while three applications go on with their key:
the page, the applications and the authority tell the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.browser import Browser, axe
from harness.console import signed_in
from harness.scene import CREDENTIAL, KINDS, USER, Scene
from playwright.sync_api import expect

PASSWORD = "correct horse battery staple 1A!"
LONG_MS = 240_000


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Scene(tmp_path) as scene:
        scene.set_up()
        scene.keystead.command("root", "password", stdin=PASSWORD)
        yield scene


@pytest.mark.timeout(400)
def test_a_rotation_is_watched_to_its_end_and_no_request_fails(scene: Scene, browser: Browser) -> None:
    keystead = scene.keystead
    with browser.page() as page:
        page.context.add_cookies(signed_in(keystead, "root@example.com", PASSWORD).for_browser())  # type: ignore[arg-type]
        page.goto(f"{keystead.url}/console/users/{USER}")
        page.get_by_role("link", name="Rotate", exact=True).click()
        page.get_by_role("button", name=f"Rotate {CREDENTIAL}").click()
        page.wait_for_url("**/console/rotations/*said=rotation-begun")
        scene.rotation_id = page.url.split("?")[0].rsplit("/", 1)[1]
        loads: list[str] = []
        page.on("framenavigated", lambda frame: loads.append(frame.url))
        live = page.locator("#live")
        for name in KINDS:
            expect(live.get_by_text(name).first).to_be_visible()
        # Each consumer is seen to come to the new key, and then the old one is given up.
        expect(live.get_by_text(re.compile("new AKIA"))).to_be_visible(timeout=LONG_MS)
        assert axe(page) == []
        expect(live.get_by_text("Done").first).to_be_visible(timeout=LONG_MS)
        assert loads == [], "the page was loaded again"
        assert axe(page) == []
        page.get_by_role("link", name="Receipt").click()
        expect(page.get_by_role("heading", name="Entries")).to_be_visible()
        for name in KINDS:
            expect(page.get_by_text(name).first).to_be_visible()
    assert scene.state() == "DONE" and scene.failures() == []
    assert all(len(application.outcomes()) > 20 for application in scene.applications)
    keys = keystead.client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in keys if key["Status"] == "Active"] == [
        keystead.command("rotate", "status", scene.rotation_id)["new_access_key_id"]
    ]
