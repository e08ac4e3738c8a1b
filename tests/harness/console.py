"""Somebody signed in at the console: the cookies of a session, for a browser or for plain HTTP."""

from __future__ import annotations

import html
import http.client
import re
import ssl
import urllib.parse
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from .keystead import Keystead

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


@dataclass
class Answer:
    """What came back, as it came."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


@dataclass
class Session:
    """A browser without a screen: keeps its cookies and says where its forms come from. Redirects are not followed."""

    keystead: Keystead
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        """A form; `headers` replace those of a form of the console's own, and `_` in their names stands for `-`."""
        own = {"Origin": self.keystead.url, "Sec-Fetch-Site": "same-origin"}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urllib.parse.urlencode(fields or {}).encode(), form | own | headers)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """One request, as it is given."""
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items() if value}
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        connection = self._connection()
        try:
            connection.request(method, path, body, sent)
            reply = connection.getresponse()
            answer = Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()
        for line in answer.headers.get_all("set-cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        port, certificates = self.keystead.port, self.keystead.certificates
        if certificates is None:
            return http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        trust = ssl.create_default_context(cafile=str(certificates.authority))
        return http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=trust)

    def sign_in(self, user: str, password: str, next: str = "") -> Answer:
        """As an IAM user of the installation's account; as its root user where `user` is an address."""
        hidden = HIDDEN.findall(self.get("/console/signin").text)
        root = "@" in user
        who = {"kind": "root", "email": user} if root else {"kind": "user", "account": self.keystead.account_id, "user": user}
        return self.post("/console/signin", {**dict(hidden), **who, "password": password, "next": next})

    def for_browser(self) -> list[dict[str, str]]:
        """The cookies as a browser's profile takes them."""
        return [{"name": name, "value": value, "url": self.keystead.url} for name, value in self.cookies.items()]


def signed_in(keystead: Keystead, user: str, password: str) -> Session:
    """Somebody with a session."""
    session = Session(keystead)
    answer = session.sign_in(user, password)
    assert answer.status == 303 and session.cookies, (answer.status, answer.text[-2000:])
    return session


def submit(session: Session, path: str, fields: dict[str, str] | None = None, form: str = "") -> Answer:
    """Loads a page and sends a form of it, to `form` or to the page itself, with the fields that it hides."""
    page = session.get(path)
    assert page.status == 200, (page.status, page.text[-1500:])
    hidden = {name: html.unescape(value) for name, value in HIDDEN.findall(page.text) if name in ("token", "once")}
    return session.post(form or path, {**hidden, **(fields or {})})
