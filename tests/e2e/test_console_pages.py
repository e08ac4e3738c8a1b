"""Every page of the console, as it is found by following links: for those who see, who do not, who have a phone, who
have scripts off, who may nothing, and who have just begun."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from harness.browser import PHONE, Browser, Watch, axe, overflow
from harness.console import Answer, Session, signed_in
from harness.furnished import ALIAS, PASSWORD, Furnished
from harness.keystead import Keystead
from harness.pages import Document, Site, crawl, shape
from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.timeout(600)

FIRST_LOAD_BYTES_MAX = 100_000
LINKS_MAX = 600
SENTENCE = re.compile(r"[.?]\)?$")
# Where people come who are not signed in.
OUTSIDE = ("/console/signin", f"/console/signin/{ALIAS}")
SECTIONS = (
    "/console/security-credentials",
    "/console/users",
    "/console/groups",
    "/console/roles",
    "/console/policies",
    "/console/rotations",
    "/console/consumers",
    "/console/leaks",
    "/console/clouds",
    "/console/resources",
    "/console/credentials",
    "/console/deployments",
    "/console/workloads",
    "/console/settings",
    "/console/invitations",
    "/console/credential-report",
    "/console/audit",
    "/console/sessions",
)


@pytest.fixture(scope="module")
def administrator(furnished: Furnished) -> Session:
    return signed_in(furnished.keystead, "ops-admin", PASSWORD)


@pytest.fixture(scope="module")
def site(administrator: Session, furnished: Furnished) -> Site:
    return crawl(administrator, *furnished.addresses())


@pytest.fixture(scope="module")
def outside(furnished: Furnished) -> Site:
    return crawl(Session(furnished.keystead), *OUTSIDE)


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """What is wrong with any page is told at the end, of all pages together."""
    found = Complaints()
    yield found
    found.check()


class Complaints(list[str]):
    """Sentences about pages."""

    def of(self, address: str, *told: object) -> None:
        self.extend(f"{address}: {each}" for each in told if each)

    def check(self) -> None:
        if self:
            pytest.fail("\n".join(["", *self]), pytrace=False)


def is_html(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").startswith("text/html")


def faults_of(answer: Answer) -> list[str]:
    """What is wrong with a page as it comes over the wire."""
    faults = []
    document = Document(answer.text)
    if not re.fullmatch(r"\S.* · Keystead", document.title):
        faults.append(f"its title is {document.title!r}")
    if len(document.headings) != 1 or not document.headings[0].strip():
        faults.append(f"its first headings are {document.headings}")
    faults += [f"it holds {inline}, which no browser runs" for inline in document.inline]
    faults += [f"two elements are called {id}" for id in {id for id in document.ids if document.ids.count(id) > 1}]
    faults += [f"{alert.strip()!r} is no sentence" for alert in document.alerts if not SENTENCE.search(alert.strip())]
    if re.search(r"\bundefined\b|\b(Some|Ok|Err)\(", answer.text):
        faults.append("it shows what is meant for programs")
    policy = answer.headers.get("content-security-policy", "")
    if "unsafe" in policy or "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy:
        faults.append(f"its policy is {policy!r}")
    return faults


def test_every_section_is_linked_from_the_first_page(site: Site) -> None:
    assert set(SECTIONS) <= set(site.links)
    assert site.elsewhere == {}


def test_every_page_and_every_link_is_there(
    site: Site, outside: Site, administrator: Session, complaints: Complaints
) -> None:
    for found in [*site.pages.values(), *outside.pages.values()]:
        if found.answer.status >= 400:
            complaints.of(found.address, f"{found.answer.status}, linked from {found.by}")
        elif found.is_html and found.answer.status == 200:
            complaints.of(found.address, *faults_of(found.answer))
    further = [address for address in site.links if address not in site.pages]
    assert len(further) <= LINKS_MAX, "the furnished account is larger than it need be"
    for address in further:
        answer = administrator.get(address)
        if answer.status >= 400:
            complaints.of(address, f"{answer.status}, linked from {site.links[address]}")


# There is nothing to repeat from a terminal: what was looked for may be many things.
WITHOUT_TWIN = ("/console/find",)


def test_every_page_says_what_it_is_for_and_how_to_do_it_from_a_terminal(site: Site, complaints: Complaints) -> None:
    for address in pages_of(site):
        text = site.pages[address].answer.text
        if '<body class="alone">' in text:
            continue
        foot = text.rpartition('<footer class="foot">')[2]
        if foot == text or "<p" not in foot:
            complaints.of(address, "it does not say what it is for")
        elif 'class="twin"' not in foot and not address.startswith(WITHOUT_TWIN):
            complaints.of(address, "it does not say how to do it from a terminal")


def test_a_first_load_is_small(site: Site, administrator: Session, complaints: Complaints) -> None:
    sizes: dict[str, int] = {}
    for address in site.one_of_each_shape():
        answer = site.pages[address].answer
        if not is_html(answer):
            continue
        assets = Document(answer.text).assets
        for asset in assets:
            if asset not in sizes:
                sizes[asset] = len(administrator.get(asset, Accept_Encoding="gzip, br").body)
        loaded = len(answer.body) + sum(sizes[asset] for asset in assets)
        if loaded > FIRST_LOAD_BYTES_MAX:
            complaints.of(address, f"{loaded} bytes to load: {len(answer.body)} of its own, {assets}")


def profile(browser: Browser, session: Session, **how: Any) -> tuple[BrowserContext, Watch]:
    context = browser.context(**how)
    context.add_cookies(session.for_browser())  # type: ignore[arg-type]
    return context, Watch(context)


def look(page: Page, watch: Watch, url: str, complaints: Complaints, address: str) -> None:
    """At a page in the light, in the dark, and on a phone."""
    page.set_viewport_size({"width": 1360, "height": 900})
    page.emulate_media(color_scheme="light")
    page.goto(f"{url}{address}", wait_until="load")
    complaints.of(f"{address} (light)", *axe(page), overflow(page))
    page.emulate_media(color_scheme="dark")
    complaints.of(f"{address} (dark)", *axe(page, "color-contrast"))
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    complaints.of(f"{address} (phone)", *axe(page, "color-contrast", "target-size", "scrollable-region-focusable"))
    complaints.of(f"{address} (phone)", overflow(page))
    complaints.of(address, *watch.complaints, *watch.foreign(url))
    watch.complaints.clear()


def look_at_all(
    browser: Browser, session: Session, addresses: list[str], complaints: Complaints, scripts: bool = True
) -> None:
    context, watch = profile(browser, session, scripts=scripts, phone=not scripts)
    url = session.keystead.url
    page = context.new_page()
    for address in addresses:
        if scripts:
            look(page, watch, url, complaints, address)
        else:
            page.goto(f"{url}{address}", wait_until="load")
            complaints.of(f"{address} (without scripts)", overflow(page), *watch.complaints)
            watch.complaints.clear()
    context.close()


def pages_of(site: Site) -> list[str]:
    """One page of each shape that is there."""
    addresses = [site.pages[address] for address in site.one_of_each_shape()]
    return [found.address for found in addresses if found.is_html and found.answer.status == 200]


def test_axe_finds_nothing_in_light_and_dark_and_on_a_phone(
    browser: Browser, site: Site, administrator: Session, complaints: Complaints
) -> None:
    look_at_all(browser, administrator, pages_of(site), complaints)


def test_axe_finds_nothing_outside(
    browser: Browser, outside: Site, furnished: Furnished, complaints: Complaints
) -> None:
    look_at_all(browser, Session(furnished.keystead), pages_of(outside), complaints)


def test_the_longest_names_break_no_page(
    browser: Browser, site: Site, administrator: Session, complaints: Complaints
) -> None:
    first = set(pages_of(site))
    longest = [found.address for found in site.pages.values() if found.is_html and found.address not in first]
    look_at_all(browser, administrator, longest, complaints, scripts=False)


def test_every_page_is_there_without_scripts(
    browser: Browser, site: Site, outside: Site, administrator: Session, complaints: Complaints
) -> None:
    look_at_all(browser, administrator, pages_of(site), complaints, scripts=False)
    for found in site.pages.values():
        if found.is_html and found.answer.status == 200:
            # What a button does, a form does: nothing waits for a script, but copying.
            for button in re.findall(r"<button[^>]*type=\"button\"[^>]*>", found.answer.text):
                complaints.of(found.address, "" if "data-copy" in button else f"{button} needs a script")


def test_the_keyboard_goes_everywhere_and_shows_where_it_is(
    browser: Browser, administrator: Session, complaints: Complaints
) -> None:
    context, watch = profile(browser, administrator)
    page = context.new_page()
    for address in ("/console", "/console/users"):
        page.goto(f"{administrator.keystead.url}{address}")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
        page.goto(f"{administrator.keystead.url}{address}")
        reached = 0
        for _ in range(80):
            page.keyboard.press("Tab")
            name, seen = page.evaluate(
                """() => {
                  const at = document.activeElement, style = getComputedStyle(at);
                  const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
                  return [at.tagName + " " + at.textContent.trim().slice(0, 30), shown || at === document.body];
                }"""
            )
            reached += 1
            complaints.of(address, "" if seen else f"nothing shows that {name} has the focus")
            if name.startswith("BODY"):
                break
        assert reached > 20
    context.close()


def test_somebody_without_permissions_reads_sentences(
    browser: Browser, furnished: Furnished, site: Site, complaints: Complaints
) -> None:
    nobody = signed_in(furnished.keystead, "nobody", PASSWORD)
    denied = []
    for address in site.one_of_each_shape():
        answer = nobody.get(address)
        if answer.status not in (200, 302, 303, 403, 404):
            complaints.of(address, f"{answer.status} {answer.text[:200]}")
        elif is_html(answer):
            complaints.of(address, *faults_of(answer))
            denied += [address] if answer.status == 403 else []
        elif answer.status == 200:
            complaints.of(address, f"gives {len(answer.body)} bytes to somebody who may nothing")
    assert denied
    look_at_all(browser, nobody, [*denied[:6], "/console"], complaints)


def test_a_new_installation_says_what_to_do(
    browser: Browser, new_keystead: Callable[[], Keystead], complaints: Complaints
) -> None:
    keystead = new_keystead()
    keystead.start()
    keystead.command("root", "password", stdin=PASSWORD)
    root = signed_in(keystead, "root@example.com", PASSWORD)
    found = crawl(root, "/console")
    for page in found.pages.values():
        if page.answer.status >= 400:
            complaints.of(page.address, f"{page.answer.status}, linked from {page.by}")
        elif page.is_html and page.answer.status == 200:
            complaints.of(page.address, *faults_of(page.answer))
    look_at_all(browser, root, pages_of(found), complaints)


def test_addresses_of_nothing_are_told_as_sentences(
    administrator: Session, site: Site, complaints: Complaints
) -> None:
    strange = ["nothing-of-this-name", "%00", "%FF", "..%2F..%2Fetc", "%F0%9F%98%80", "x" * 2_000, "<script>", "'\"%20or"]
    tried = set()
    for address in [*site.links, *SECTIONS]:
        pattern = shape(address)
        if "*" not in pattern or pattern in tried:
            continue
        tried.add(pattern)
        for name in strange:
            answer = administrator.get(pattern.partition("?")[0].replace("*", name.replace("<", "%3C").replace(">", "%3E")))
            if answer.status not in (200, 302, 303, 400, 403, 404, 409, 414):
                complaints.of(f"{pattern} with {name[:20]}", f"{answer.status} {answer.text[:120]}")
            elif is_html(answer):
                complaints.of(f"{pattern} with {name[:20]}", *faults_of(answer))
