"""Pictures of every page of the console: light and dark, on a desktop and on a phone.

`python -m harness.screenshots FOLDER` makes them all; with `--docs FOLDER` it makes those that stand in the documents.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext

from .browser import Browser
from .console import Session, signed_in
from .furnished import ALIAS, PASSWORD, Furnished
from .pages import crawl, shape
from .process import wait_until

VARIANTS = {
    "desktop-light": {},
    "desktop-dark": {"dark": True},
    "phone-light": {"phone": True},
    "phone-dark": {"phone": True, "dark": True},
}
HEIGHT_PX_MAX = 3_000
BYTES_MAX = 160_000
DOCUMENTED_SIZE = {"width": 1200, "height": 760}
OUTSIDE = ("/console/signin", f"/console/signin/{ALIAS}")


def name_of(address: str) -> str:
    """A file's name for a page: its shape, with `NAME` for names."""
    words = shape(address).removeprefix("/console").replace("*", "NAME")
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-") or "home"


def documented(furnished: Furnished) -> dict[str, str]:
    """The few pages that stand in the documents, by the names of their pictures."""
    return {
        "home": "/console",
        "security-credentials": "/console/users/deploy-bot",
        "rotation": f"/console/rotations/{furnished.rotations['orders']}",
        "clouds": "/console/clouds",
        "sign-in": "/console/signin",
    }


def settle(furnished: Furnished) -> None:
    """Waits until the rotations are where they show something."""

    def state(name: str) -> str:
        return str(furnished.keystead.command("rotate", "status", furnished.rotations[name])["state"])

    wait_until(lambda: state("orders") == "blocked" and state("books") == "done", 90, "one asks and one is done")


def context_of(browser: Browser, session: Session | None, variant: str) -> BrowserContext:
    context = browser.context(**VARIANTS[variant])
    if session:
        context.add_cookies(session.for_browser())  # type: ignore[arg-type]
    return context


def take(context: BrowserContext, address: str, url: str, file: Path, whole: bool = True) -> None:
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(f"{url}{address}", wait_until="load")
    size = page.viewport_size
    assert size is not None
    height = min(page.evaluate("document.documentElement.scrollHeight"), HEIGHT_PX_MAX) if whole else size["height"]
    clip = {"x": 0, "y": 0, "width": size["width"], "height": max(height, 1)}
    page.screenshot(path=file, full_page=whole, clip=clip)  # type: ignore[arg-type]


def take_all(furnished: Furnished, browser: Browser, folder: Path) -> int:
    """How many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("*.png"):
        earlier.unlink()
    session = signed_in(furnished.keystead, "ops-admin", PASSWORD)
    nobody = Session(furnished.keystead)
    inside, outside = crawl(session, *furnished.addresses()), crawl(nobody, *OUTSIDE)
    taken = 0
    for variant in VARIANTS:
        for site, who in ((inside, session), (outside, None)):
            context = context_of(browser, who, variant)
            for address in site.one_of_each_shape():
                found = site.pages[address]
                if found.is_html and found.answer.status == 200:
                    take(context, address, furnished.keystead.url, folder / f"{name_of(address)}.{variant}.png")
                    taken += 1
            context.close()
    return taken


def take_documented(furnished: Furnished, browser: Browser, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    session = signed_in(furnished.keystead, "ops-admin", PASSWORD)
    there = {name: at for name, at in documented(furnished).items() if session.get(at).status == 200}
    for name, address in there.items():
        context = context_of(browser, None if name == "sign-in" else session, "desktop-light")
        context.new_page().set_viewport_size(DOCUMENTED_SIZE)  # type: ignore[arg-type]
        file = folder / f"{name}.png"
        take(context, address, furnished.keystead.url, file, whole=False)
        context.close()
        if (size := file.stat().st_size) > BYTES_MAX:
            raise SystemExit(f"{file} has {size} bytes; {BYTES_MAX} are enough for a document")
    return len(there)


def main(arguments: list[str]) -> None:
    folder, browser = Path(arguments[-1]), Browser()
    with tempfile.TemporaryDirectory() as data:
        furnished = Furnished(Path(data))
        try:
            settle(furnished)
            make = take_documented if "--docs" in arguments else take_all
            print(f"{make(furnished, browser, folder)} pictures in {folder}")
        finally:
            furnished.close()
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
