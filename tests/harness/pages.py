"""The pages of the console, found as a person finds them: by following links from the first one.

Pages that differ only in what they are about are of one shape, `/console/users/*`; of each shape the first and the
longest are followed, so that an account of any size has about as many pages to look at as the console has templates.
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser

from .console import Answer, Session
from .furnished import NAMES

# What a word of an address looks like; names of the furnished account are told apart by a list.
WORD = re.compile(r"[a-z]+(-[a-z]+)*")
PAGES_MAX = 400


class Document(HTMLParser):
    """What a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.assets: list[str] = []
        self.headings: list[str] = []
        self.title = ""
        self.alerts: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.inline: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self._open: list[tuple[str, int]] = []
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.tags.add(tag)
        if tag not in VOID:
            self._depth += 1
        self.ids += [given["id"]] if "id" in given else []
        self.inline += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.inline += [f"{tag} {name}={given[name]}" for name in LEADING if leads_away(given.get(name, ""))]
        self.inline += [f"{tag} {name}" for name in given if name.startswith(("hx-on", "data-hx-on"))]
        if tag in ("style", "base", "iframe", "object", "embed") or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append({"method": "get", "action": ""} | given)
        if (tag == "input" or tag == "button") and self.forms and given.get("type") == "hidden":
            self.forms[-1].setdefault(f"hidden {given.get('name')}", given.get("value", ""))
        if tag in ("script", "img") and "src" in given:
            self.assets.append(given["src"])
        if tag == "link" and "href" in given:
            self.assets.append(given["href"])
        if tag == "h1":
            self._into("h1", self.headings)
        if tag == "title":
            self._into("title", [])
        if given.get("role") == "alert":
            self._into("alert", self.alerts)

    def _into(self, what: str, texts: list[str]) -> None:
        texts.append("")
        self._open.append((what, self._depth))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self._open and self._open[-1][1] == self._depth:
            self._open.pop()
        self._depth -= 1

    def handle_data(self, data: str) -> None:
        for what, _ in self._open:
            if what == "h1":
                self.headings[-1] += data
            elif what == "alert":
                self.alerts[-1] += data
            elif not self.title:
                self.title = data


def leads_away(address: str) -> bool:
    """Whether an address is a script, or of another site."""
    bare = re.sub(r"[\x00-\x20]", "", address).lower()
    is_picture = bare.startswith("data:image/")
    return bool(re.match(r"[a-z][a-z0-9+.-]*:|//|/\\|\\", bare)) and not is_picture


LEADING = ("href", "src", "action", "formaction", "data", "xlink:href", "hx-get", "hx-post", "sse-connect", "poster")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Found:
    """A page, and where the link to it stands."""

    address: str
    by: str
    answer: Answer

    @property
    def is_html(self) -> bool:
        return self.answer.headers.get("content-type", "").startswith("text/html")


@dataclass
class Site:
    """Everything that was found."""

    pages: dict[str, Found] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    """Every address below the console, and a page that links there."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Addresses that are not this installation's."""

    def one_of_each_shape(self) -> list[str]:
        """Addresses to look at."""
        shapes: dict[str, str] = {}
        for address in self.pages:
            shapes.setdefault(shape(address), address)
        return sorted(shapes.values())


def shape(address: str) -> str:
    """An address with `*` for every name in it."""
    path, _, query = address.partition("?")
    segments = path.split("/")[1:]
    shown = ["*" if is_name(segments, at) else segment for at, segment in enumerate(segments)]
    names = sorted({name for name, _ in urllib.parse.parse_qsl(query, keep_blank_values=True)})
    return "/".join(["", *shown]) + (f"?{'&'.join(names)}" if names else "")


def is_name(segments: list[str], at: int) -> bool:
    """Whether a segment is what the page is about."""
    segment = urllib.parse.unquote(segments[at])
    return at >= 2 and (segment in NAMES or not WORD.fullmatch(segment))


def crawl(session: Session, *starts: str) -> Site:
    """Follows every link from `starts`, two pages a shape."""
    site = Site()
    waiting = [(start, "the test") for start in starts]
    seen: dict[str, list[str]] = {}
    while waiting and len(site.pages) < PAGES_MAX:
        address, by = waiting.pop(0)
        same = seen.setdefault(shape(address), [])
        if address in same or (len(same) >= 2) or (same and len(address) <= len(same[0]) + 20):
            continue
        same.append(address)
        found = site.pages[address] = Found(address, by, session.get(address))
        if not found.is_html:
            continue
        for link in Document(found.answer.text).links:
            target = urllib.parse.urljoin(address, link).partition("#")[0]
            if urllib.parse.urlsplit(target).netloc or not target.startswith("/"):
                site.elsewhere.setdefault(target, address)
            elif target not in site.links:
                site.links[target] = address
                waiting.append((target, address))
    return site
