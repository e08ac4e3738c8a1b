"""C14: 300 names that run wherever a page writes one as it is, in every place where a name, a path, a description or a
header may stand. No page runs any, with its policy in force and, in case that hides something, without it."""

from __future__ import annotations

import itertools
import json
import re
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from harness.browser import Browser, Watch
from harness.certificates import certificate_with_key
from harness.console import Session, signed_in
from harness.furnished import PASSWORD, Furnished, allow, trust
from harness.hostile import names
from harness.pages import Document, Site, crawl, shape
from harness.signing import send, sign

pytestmark = pytest.mark.timeout(600)

NAMES = names()
LATER = "2099-01-01T00:00:00Z"
# Everything a page of the console is made of. A name that became an element is likely none of these.
ELEMENTS = set(
    "a body br button caption circle code dd details div dl dt em ellipse fieldset figcaption figure footer form g h1 h2 h3"
    " h4 head header hgroup hr html i img input kbd label legend li line link main mark menu meta meter nav ol optgroup"
    " option output p path picture polygon polyline pre progress rect section select small span strong summary svg b"
    " table tbody td template text textarea tfoot th thead time title tr tspan ul wbr audio datalist dialog script desc"
    " article aside search address sub sup samp var del ins data abbr cite q u s defs use symbol colgroup col".split()
)
LISTS_MAX = 60


class Named:
    """An account of its own, furnished, with every name put wherever it is taken."""

    def __init__(self, furnished: Furnished) -> None:
        self.furnished = furnished
        self.keystead = furnished.keystead
        self.taken: Counter[str] = Counter()

    def iam(self, call: str, **given: Any) -> None:
        try:
            getattr(self.furnished.iam, call)(**given)
        except (ClientError, ParamValidationError):
            return
        self.taken[call] += 1

    def rest(self, method: str, path: str, **members: Any) -> None:
        body = json.dumps(members).encode()
        kind = {"Content-Type": "application/json"}
        request = sign(self.keystead.root, "keystead", self.keystead.port, body, method, path, kind)
        if send(self.keystead.port, request).status == 200:
            self.taken[f"{method} {path}"] += 1

    def put_everywhere(self) -> None:
        for place in (self.identities, self.policies, self.stored, self.workloads, self.rotations, self.evidence, self.cloud):
            place()

    def identities(self) -> None:
        def user(number: int, name: str) -> None:
            path = f"/{name.replace(' ', '/')}/"
            self.iam("create_user", UserName=f"u{number}", Path=path)
            self.iam("tag_user", UserName=f"u{number}", Tags=[{"Key": name[:128], "Value": name[:256]}])

        each(user)
        # Who is at the top of every list.
        self.iam("create_user", UserName="=@+a.b_c-d,e", Path='/"><img/src=x/onerror=alert(1)>/')
        for number, name in enumerate(NAMES[:40]):
            path = f"/{name.replace(' ', '/')}/"
            self.iam("create_group", GroupName=f"g{number}", Path=path)
            self.iam("create_virtual_mfa_device", VirtualMFADeviceName=f"m{number}", Path=path)
        for number, name in enumerate(NAMES[::30]):
            certificate, private_key = certificate_with_key(name[:64])
            self.iam("upload_signing_certificate", UserName=f"u{number}", CertificateBody=certificate)
            pair = {"CertificateBody": certificate, "PrivateKey": private_key}
            self.iam("upload_server_certificate", ServerCertificateName=f"c{number}", **pair)

    def policies(self) -> None:
        for number, name in enumerate(NAMES[:150]):
            self.iam("create_role", RoleName=f"r{number}", Description=name, AssumeRolePolicyDocument=trust({"AWS": "*"}))
        for number, name in enumerate(NAMES[150:250]):
            document = allow("s3:GetObject", resource=f"arn:aws:s3:::{name}")
            self.iam("create_policy", PolicyName=f"p{number}", Description=name, PolicyDocument=document)
            self.iam("put_user_policy", UserName="u0", PolicyName=f"p{number}", PolicyDocument=document)

    def stored(self) -> None:
        def store(number: int, name: str) -> None:
            body = {"secret_value": "x", "description": name, "tags": {f"k{number}": name[:256]}}
            self.rest("POST", "/api/v1/stored-credentials", name=f"C{number}", **body)
            self.rest("POST", "/api/v1/stored-credentials", name=name, secret_value="x")

        each(store)

    def workloads(self) -> None:
        for number, name in enumerate(NAMES[:100]):
            for what in ("deployments", "workloads"):
                self.rest("POST", f"/api/v1/{what}", name=f"w{number}", description=name)
                self.rest("POST", f"/api/v1/{what}", name=name)
        for number, name in enumerate(NAMES):
            self.rest("PUT", "/api/v1/inputs", workload="w0", inputs={f"IN_{number}": f"text:{name}"})
        for name in NAMES[:50]:
            self.rest("POST", "/api/v1/invitations", email=f"{name}@example.com", policies=["observer"])
            self.rest("PUT", "/api/v1/inputs", workload="w1", inputs={name: "text:x"})

    def rotations(self) -> None:
        credential = "/api/v1/credentials/orders"
        for number, name in enumerate(NAMES[::10]):
            self.rest("POST", f"{credential}/consumers", name=name, kind="credential_process", app_id=name)
            self.rest("POST", f"{credential}/known-consumers", name=f"known-{number}", owner=name, app_id=name)
            self.rest("POST", f"{credential}/exemptions", consumer="web-frontend", reason=name, until=LATER)
            self.rest("POST", "/api/v1/freezes", reason=name, until=LATER, **{"from": "2098-01-01T00:00:00Z"})
            self.rest("POST", "/api/v1/credentials", name=name, kind="access_key", user_name="u1")
            settings = {"path": f"/etc/{name}"}
            self.rest("POST", f"{credential}/targets", name=name, kind="manual", settings=settings)
            note = {"consumer": "web-frontend", "note": name}
            self.rest("POST", f"/api/v1/rotations/{self.furnished.rotations['orders']}/attestations", **note)

    def evidence(self) -> None:
        """What others say of themselves: user agents, application ids, places."""
        for number, name in enumerate(NAMES[::6]):
            self.rest("POST", "/api/v1/honey-keys", place=name)
            self.rest("POST", "/api/v1/leak-reports", ids=[self.furnished.keys["ledger"].id], url=f"https://x.example/{name}")
            self.rest("POST", "/api/v1/verifiers", name=f"{name}", services=["sqs"], hosts=[f"h{number}.example.com"])
            self.furnished.use("orders-app", "10.4.0.99", re.sub(r"[^\x21-\x7e]", "", name))
        for name in NAMES[::2]:
            agent = "".join(letter for letter in name if letter.isascii() and letter.isprintable())
            session = Session(self.keystead)
            session.get("/console/signin", User_Agent=agent)
            body = b"Action=GetUser&Version=2010-05-08"
            kind = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": agent}
            request = sign(self.keystead.root, "iam", self.keystead.port, body, headers=kind)
            self.taken["user agent"] += send(self.keystead.port, request).status == 200
        session = signed_in(self.keystead, "ops-admin", PASSWORD)
        for name in NAMES[1:60:10]:
            form = {"kind": "user", "account": self.keystead.account_id, "user": "ops-admin", "password": PASSWORD}
            agent = "".join(letter for letter in name if letter.isascii() and letter.isprintable())
            Session(self.keystead).post("/console/signin", form, User_Agent=agent)
        assert session.cookies

    def cloud(self) -> None:
        """A cloud account may hold what anybody there called anything."""
        moto = self.furnished.moto
        ec2 = moto.client("ec2", self.furnished.cloud_key)
        for name in NAMES[::10]:
            tags = [{"Key": "Name", "Value": name[:255]}, {"Key": name[:127], "Value": name[:255]}]
            ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": tags}])
            self.rest("POST", "/api/v1/cloud-accounts", name=name, endpoint="lab", access_key_id="AKIAX", secret_access_key="x")
        self.keystead.command("cloud", "discover", "production")
        self.taken["volumes"] = 30


def each(put: Any) -> None:
    """Every name, a few at a time."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(len(NAMES)), NAMES))


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Named]:
    furnished = Furnished(tmp_path_factory.mktemp("named"))
    named = Named(furnished)
    named.put_everywhere()
    yield named
    furnished.close()


@pytest.fixture(scope="module")
def administrator(named: Named) -> Session:
    return signed_in(named.keystead, "ops-admin", PASSWORD)


@pytest.fixture(scope="module")
def site(administrator: Session, named: Named) -> Site:
    return crawl(administrator, *named.furnished.addresses())


def ran(html: str) -> list[str]:
    """What in a page a browser would take for more than text."""
    document = Document(html)
    return [*document.inline, *sorted(document.tags - ELEMENTS)]


def lists(session: Session, site: Site) -> list[str]:
    """The further pages of every list, as their links lead on."""
    further: list[str] = []
    waiting = [address for address in site.links if re.search(r"[?&](after|page|marker)=", address)]
    while waiting and len(further) < LISTS_MAX:
        address = waiting.pop()
        if address in further:
            continue
        further.append(address)
        answer = session.get(address)
        links = Document(answer.text).links if answer.status == 200 else []
        waiting += [link for link in links if re.search(r"[?&](after|page|marker)=", link) and link not in further]
    return further


def test_names_are_taken_where_names_may_stand(named: Named) -> None:
    assert len(NAMES) == len(set(NAMES)) == 300
    print(dict(named.taken))
    for place, count in {
        "create_user": 150,
        "create_group": 10,
        "create_role": 100,
        "create_policy": 50,
        "POST /api/v1/stored-credentials": 250,
        "POST /api/v1/workloads": 50,
        "PUT /api/v1/inputs": 200,
        "POST /api/v1/honey-keys": 20,
        "POST /api/v1/freezes": 10,
        "user agent": 100,
    }.items():
        assert named.taken[place] >= count, (place, named.taken[place])


def test_c14_no_page_holds_a_name_as_anything_but_text(administrator: Session, site: Site) -> None:
    found: dict[str, list[str]] = {}
    shown: set[str] = set()
    for address in [*site.links, *lists(administrator, site)]:
        answer = administrator.get(address)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert answer.status < 500, (address, answer.text[-500:])
        if faults := ran(answer.text):
            found[address] = faults
        if re.search(r"alert(\(1\)|`1`)|&#\d+;alert", answer.text):
            shown.add(shape(address))
    assert found == {}
    # A page that shows no name proves nothing.
    assert len(shown) >= 2, shown


def test_c14_what_is_asked_for_is_said_as_text(administrator: Session, site: Site) -> None:
    """Names in addresses: in the path, in every field of a query."""
    patterns = {shape(address) for address in site.links} | {"/console/*", "/console/signin?next", "/console/find?q"}
    fields = {"q", "said", "begins", "after"} | {
        name for pattern in patterns for name in pattern.partition("?")[2].split("&") if name
    }
    found: dict[str, list[str]] = {}
    for number, name in enumerate(NAMES):
        quoted = urllib.parse.quote(name, safe="")
        pattern = sorted(patterns)[number % len(patterns)]
        path = pattern.partition("?")[0].replace("*", quoted)
        for address in (
            f"{path}?{'&'.join(f'{field}={quoted}' for field in sorted(fields))}",
            f"/console/signin?next=/console/{quoted}&{'&'.join(f'{field}={quoted}' for field in sorted(fields))}",
        ):
            answer = administrator.get(address)
            assert answer.status < 500, (address, answer.text[-500:])
            if faults := ran(answer.text):
                found[address] = faults
    assert found == {}


def test_c14_nothing_runs_in_a_browser(browser: Browser, administrator: Session, site: Site) -> None:
    """Once as it is, and once without the pages' policy, which would hide that something was written as it is."""
    url = administrator.keystead.url
    addresses = [*site.one_of_each_shape(), *lists(administrator, site)[:20]]
    quoted = [urllib.parse.quote(name, safe="") for name in NAMES[::20]]
    addresses += [f"/console/users?begins={name}&q={name}&said={name}" for name in quoted]
    for how in ({}, {"bypass_csp": True}):
        context = browser.context(**how)
        context.add_cookies(administrator.for_browser())  # type: ignore[arg-type]
        watch = Watch(context)
        page = context.new_page()
        for address in addresses:
            if not administrator.get(address).headers.get("content-type", "").startswith("text/html"):
                continue
            page.goto(f"{url}{address}", wait_until="load")
            # What waits for somebody to point at it.
            page.evaluate("() => document.querySelectorAll('main *').forEach(one => one.dispatchEvent(new Event('mouseover')))")
            assert page.url.startswith(f"{url}/console"), address
            assert watch.complaints == [], address
            assert watch.foreign(url) == [], address
        context.close()


def forms_of(session: Session, site: Site) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Every form of every shape of page: where it goes, what it holds, what may be filled in."""
    for address in site.one_of_each_shape():
        found = site.pages[address]
        if not found.is_html or found.answer.status != 200:
            continue
        text = session.get(address).text
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.S):
            action = re.search(r'^<form[^>]*action="([^"]*)"', form)
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
            filled = re.findall(r'<(?:input|textarea|select)\b(?![^>]*type="hidden")[^>]*name="([^"]*)"', form)
            target = urllib.parse.urljoin(address, action[1] if action else "")
            if "signout" not in target and "sessions" not in target:
                yield target, hidden, filled


def test_c14_what_a_form_was_filled_with_is_said_as_text(administrator: Session, site: Site) -> None:
    chosen = itertools.cycle(NAMES)
    found: dict[str, list[str]] = {}
    for target, hidden, filled in forms_of(administrator, site):
        for _ in range(6):
            name = next(chosen)
            answer = administrator.post(target, {field: name for field in filled} | hidden)
            assert answer.status < 500, (target, answer.text[-500:])
            if faults := ran(answer.text) if answer.headers.get("content-type", "").startswith("text/html") else []:
                found[target] = faults
    assert found == {}


def test_names_that_run_would_be_found(browser: Browser, administrator: Session) -> None:
    """The two ways of looking, at pages into which names are written as they are."""
    unseen = [name for name in NAMES if not ran(f'<main><p title="{name}">{name}</p><a href={name}>x</a></main>')]
    assert len(unseen) < 40, unseen
    context = browser.context(bypass_csp=True)
    watch = Watch(context)
    page = context.new_page()
    page.goto(f"{administrator.keystead.url}/console/signin")
    seen = 0
    for name in NAMES[::10]:
        watch.complaints.clear()
        page.set_content(f'<main><p title="{name}">{name}</p><a href={name}>x</a></main>', wait_until="domcontentloaded")
        page.wait_for_timeout(20)
        seen += bool(watch.complaints)
    context.close()
    assert seen >= 10

