"""Debian's Chromium as a person uses it, watched: what it complains of, what it fetches and where, and what axe finds.

Everything a page may do wrong in a browser is noted in `complaints` as it happens; `Browser.page` fails at its end when
there are any, so a test need not ask.
"""

from __future__ import annotations

import functools
import json
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request, Response, sync_playwright

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).resolve().parents[1] / "clients" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP = (1360, 900)
PHONE = (375, 812)
WAIT_MS = 10_000
# Names below .test lead to this machine, so that there are other sites to come from.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.test 127.0.0.1"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# How Chromium names a resource that was not served; refusals of whole pages are the test's own business.
NOT_SERVED = re.compile(r"^Failed to load resource: the server responded with a status of \d+")
# Run in a page: how far its content is wider than the window, and what stands out.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  const over = document.documentElement.scrollWidth - width;
  if (over <= 0) return "";
  const far = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1);
  const say = e => e.tagName.toLowerCase() + (e.className ? "." + e.className : "") + " " + e.textContent.trim().slice(0, 40);
  return `${over}px: ` + far.slice(-3).map(say).join(" | ");
}"""


class Complaint(AssertionError):
    """What the browser or axe did not like about a page."""


class Watch:
    """What went wrong in the pages of one context, and what they fetched."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self.fetched: list[Request] = []
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("dialog", self._asked)
        context.on("request", lambda request: self.fetched.append(request))
        context.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not NOT_SERVED.match(message.text):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _answered(self, response: Response) -> None:
        # A part of a page that is missing; whole pages are looked at by whoever went there.
        if response.status >= 400 and response.request.resource_type != "document":
            self.complaints.append(f"{response.status}: {response.url}")

    def foreign(self, origin: str) -> list[str]:
        """What was fetched from elsewhere."""
        home = urllib.parse.urlsplit(origin).netloc
        return [each.url for each in self.fetched if urllib.parse.urlsplit(each.url).netloc not in (home, "")]

    def check(self) -> None:
        """Fails with everything that was complained of."""
        if self.complaints:
            raise Complaint("\n".join(self.complaints))


class Browser:
    """One Chromium; `page` gives a fresh profile."""

    def __init__(self) -> None:
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

    def close(self) -> None:
        self._chromium.close()
        self._playwright.stop()

    def context(self, dark: bool = False, phone: bool = False, scripts: bool = True, **more: Any) -> BrowserContext:
        """A profile of its own. The caller closes it."""
        width, height = PHONE if phone else DESKTOP
        context = self._chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            locale="en-GB",
            **more,
        )
        context.set_default_timeout(WAIT_MS)
        return context

    @contextmanager
    def page(self, dark: bool = False, phone: bool = False, scripts: bool = True, **more: Any) -> Iterator[Page]:
        """A page in a profile of its own, which must end without complaint."""
        context = self.context(dark, phone, scripts, **more)
        watch = Watch(context)
        try:
            yield context.new_page()
            watch.check()
        finally:
            context.close()


@functools.cache
def _axe() -> str:
    return AXE.read_text()


def axe(page: Page, *rules: str) -> list[str]:
    """What axe finds in a page, a line each; nothing is right. `rules` narrows it to some.

    The page's scripts have to be on: axe waits for its own.
    """
    page.evaluate(f"() => {{ if (!window.axe) {{ {_axe()} }} }}")
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
    found = page.evaluate(
        "async options => (await axe.run(document, options)).violations", {"runOnly": only, "resultTypes": ["violations"]}
    )
    return [_told(violation) for violation in found]


def _told(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    where = "; ".join(f"{json.dumps(node['target'])} {node['html'][:120]}" for node in nodes[:3])
    why = nodes[0]["failureSummary"].splitlines()[-1].strip()
    return f"{violation['id']} ({len(nodes)}): {violation['help']}: {why}: {where}"


def overflow(page: Page) -> str:
    """How far a page is wider than its window and why; empty when it is not."""
    return str(page.evaluate(OVERFLOW))
