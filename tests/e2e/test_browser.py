"""The browser the console is tested with, tested itself: what is wrong in a page is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness.browser import Browser, Complaint, axe, overflow
from harness.cloud_proxy import Answered, Asked, CloudServer
from playwright.sync_api import Error

POLICY = "default-src 'self'"
PAGES = {
    "/right": "<h1>Right</h1><p>Nothing is wrong here.",
    "/inline-script": "<h1>Inline</h1><script>window.ran = true</script>",
    "/inline-style": "<h1>Styled</h1><p style='color: red'>Red?",
    "/wide": "<h1>Wide</h1><table width=2000><tr><td>wide</table>",
    "/unnamed": "<h1>Unnamed</h1><form><input></form>",
    "/missing": "<h1>Missing</h1><img src=/not-there.png alt=''>",
    "/pale": "<h1>Pale</h1><p><font color=#cccccc>Who can read this?</font>",
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    def answer(asked: Asked) -> Answered:
        page = PAGES.get(asked.path)
        if page is None:
            return Answered(b"", 200 if asked.path == "/icon" else 404)
        # The policy stands in the page: the server of the tests sets no headers of its own.
        head = f"<meta http-equiv=Content-Security-Policy content=\"{POLICY}\"><link rel=icon href=/icon>"
        html = f"<!doctype html><html lang=en><meta charset=utf-8><title>t</title>{head}<main>{page}</main>"
        return Answered(html.encode(), content_type="text/html")

    server = CloudServer(answer)
    yield server.url
    server.close()


def test_a_page_that_is_right_is_left_alone(browser: Browser, site: str) -> None:
    for scripts in (True, False):
        with browser.page(phone=True, scripts=scripts) as page:
            page.goto(f"{site}/right")
            assert overflow(page) == ""
            assert not scripts or axe(page) == []


@pytest.mark.parametrize("path", ["/inline-script", "/inline-style", "/missing"])
def test_what_the_policy_refuses_and_what_is_missing_fails(browser: Browser, site: str, path: str) -> None:
    with pytest.raises(Complaint), browser.page() as page:
        page.goto(f"{site}{path}")
        page.wait_for_load_state("networkidle")


def test_dialogs_and_errors_fail(browser: Browser, site: str) -> None:
    for script in ["() => alert(1)", "() => { setTimeout(() => { throw Error('late') }) }"]:
        with pytest.raises(Complaint), browser.page() as page:
            page.goto(f"{site}/right")
            page.evaluate(script)
            page.wait_for_timeout(100)


def test_axe_and_width_are_judged(browser: Browser, site: str) -> None:
    with browser.page(phone=True) as page:
        page.goto(f"{site}/unnamed")
        assert [each.split()[0] for each in axe(page)] == ["label"]
        page.goto(f"{site}/pale")
        assert [each.split()[0] for each in axe(page, "color-contrast")] == ["color-contrast"]
        page.goto(f"{site}/wide")
        assert "td wide" in overflow(page)


def test_other_sites_are_on_this_machine_and_nobody_else_is_reached(browser: Browser, site: str) -> None:
    with browser.page() as page:
        page.goto(f"{site.replace('127.0.0.1', 'elsewhere.test')}/right")
        assert page.locator("h1").inner_text() == "Right"
        with pytest.raises(Error):
            page.goto("http://elsewhere.invalid/")
