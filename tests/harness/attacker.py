"""Another web site, which does to the console whatever a site can have a visitor's browser do.

Its pages are at two addresses: `elsewhere`, another site, and `neighbour`, another port of the same host, to which
browsers give even cookies that are the site's own.
"""

from __future__ import annotations

import html
import json
import urllib.parse
from dataclasses import dataclass

from .cloud_proxy import Answered, Asked, CloudServer

# Every way by which a page can have something sent to `target` with `fields`; `read` is called with what came back.
SCRIPTS = {
    "fetch with cookies": """await fetch(target, {method: 'POST', body, credentials: 'include'}).then(read)""",
    "fetch without asking": """await fetch(target, {method: 'POST', body, credentials: 'include', mode: 'no-cors'}).then(read)""",
    "fetch of plain text": """await fetch(target, {method: 'POST', body: String(body), credentials: 'include',
        mode: 'no-cors', headers: {'Content-Type': 'text/plain'}}).then(read)""",
    "fetch as htmx": """await fetch(target, {method: 'POST', body, credentials: 'include', headers: {'HX-Request': 'true'}}).then(read)""",
    "fetch of JSON": """await fetch(target, {method: 'POST', body: JSON.stringify(fields), credentials: 'include',
        headers: {'Content-Type': 'application/json'}}).then(read)""",
    "fetch kept alive": """await fetch(target, {method: 'POST', body, credentials: 'include', mode: 'no-cors', keepalive: true,
        referrerPolicy: 'no-referrer'}).then(read)""",
    "fetch to read": """await fetch(target, {credentials: 'include'}).then(read)""",
    "PUT": """await fetch(target, {method: 'PUT', body, credentials: 'include'}).then(read)""",
    "DELETE": """await fetch(target, {method: 'DELETE', credentials: 'include'}).then(read)""",
    "XMLHttpRequest": """await new Promise(done => { const asked = new XMLHttpRequest(); asked.open('POST', target);
        asked.withCredentials = true; asked.onload = () => { stolen.push(asked.responseText); done() };
        asked.onerror = done; asked.send(body) })""",
    "beacon": """navigator.sendBeacon(target, body); await pause(100)""",
    "image": """await new Promise(done => { const image = new Image(); image.onload = image.onerror = done;
        image.src = `${target}?${body}` })""",
    "script": """await new Promise(done => { const script = document.createElement('script'); script.onload = script.onerror = done;
        script.src = `${target}?${body}`; document.head.append(script) })""",
    "style sheet": """await new Promise(done => { const link = document.createElement('link'); link.rel = 'stylesheet';
        link.onload = link.onerror = done; link.href = `${target}?${body}`; document.head.append(link) })""",
    "event source": """await new Promise(done => { const source = new EventSource(target, {withCredentials: true});
        source.onmessage = said => { stolen.push(said.data); done() }; source.onerror = () => { source.close(); done() } })""",
    "web socket": """await new Promise(done => { try { const socket = new WebSocket(target.replace('http', 'ws'));
        socket.onmessage = said => stolen.push(said.data); socket.onopen = () => stolen.push('open');
        socket.onerror = socket.onclose = done } catch { done() } })""",
    "frame": """await new Promise(done => { const frame = document.createElement('iframe'); frame.onload = () => {
        try { stolen.push(frame.contentDocument.body.innerText) } catch {} done() };
        frame.src = target; document.body.append(frame); setTimeout(done, 500) })""",
}
# Forms, by their attributes and by what holds them.
FORMS = {
    "form": ("", ""),
    "form of parts": ("enctype='multipart/form-data'", ""),
    "form of plain text": ("enctype='text/plain'", ""),
    "form without referrer": ("", "<meta name=referrer content=no-referrer>"),
    "form from nowhere": ("", "sandbox"),
    "form of data": ("", "data"),
    "form by a redirect": ("by redirect", ""),
    "form that reads": ("method=get", ""),
}


@dataclass(frozen=True)
class Attack:
    """One way, from one place."""

    way: str
    place: str
    target: str

    @property
    def posts_by_form(self) -> bool:
        """Whether it is a form of a page, whose answer no script of that page sees."""
        return self.way in FORMS and "method=get" not in FORMS[self.way][0]


class Attacker:
    """The other site."""

    def __init__(self, victim: str) -> None:
        self.victim = victim
        self._server = CloudServer(self._answer)
        port = urllib.parse.urlsplit(self._server.url).port
        self.places = {"elsewhere": f"http://elsewhere.test:{port}", "neighbour": f"http://127.0.0.1:{port}"}

    def close(self) -> None:
        self._server.close()

    def page(self, attack: Attack, fields: dict[str, str]) -> str:
        """The address of the page that does it."""
        asked = {"way": attack.way, "target": attack.target, "fields": json.dumps(fields)}
        return f"{self.places[attack.place]}/attack?{urllib.parse.urlencode(asked)}"

    def _answer(self, asked: Asked) -> Answered:
        path, _, query = asked.path.partition("?")
        given = dict(urllib.parse.parse_qsl(query))
        if path == "/redirect":
            return Answered(b"", 307, "text/html", {"Location": given["to"]})
        if path != "/attack":
            return Answered(b"", 404)
        way, target, fields = given["way"], self.victim + given["target"], json.loads(given["fields"])
        page = script_page(way, target, fields) if way in SCRIPTS else form_page(way, target, fields)
        return Answered(page.encode(), content_type="text/html")


def script_page(way: str, target: str, fields: dict[str, str]) -> str:
    return f"""<!doctype html><meta charset=utf-8><title>running</title><body><script>
const stolen = [], target = {json.dumps(target)}, fields = {json.dumps(fields)}, body = new URLSearchParams(fields);
const pause = ms => new Promise(done => setTimeout(done, ms));
const read = async answer => {{ const text = await answer.text(); if (answer.type !== 'opaque') stolen.push(text) }};
(async () => {{ try {{ {SCRIPTS[way]} }} catch {{}} document.title = 'done ' + JSON.stringify(stolen) }})();
</script>"""


def form_page(way: str, target: str, fields: dict[str, str]) -> str:
    """A page with a form that sends itself into a frame."""
    attributes, place = FORMS[way]
    if attributes == "by redirect":
        attributes, target = "", f"/redirect?to={urllib.parse.quote(target, safe='')}"
    inputs = "".join(f"<input name={json.dumps(name)} value={json.dumps(value)}>" for name, value in fields.items())
    method = "" if "method" in attributes else "method=post"
    form = f"<form id=f {method} {attributes} action='{html.escape(target)}'>{inputs}</form><script>f.submit()</script>"
    head = place if place.startswith("<") else ""
    if place == "sandbox":
        form = f"<iframe sandbox='allow-scripts allow-forms' srcdoc='{html.escape(form)}'></iframe>"
    elif place == "data":
        form = f"<iframe src='data:text/html,{urllib.parse.quote(form)}'></iframe>"
    else:
        form = form.replace("<form ", "<form target=into ") + "<iframe name=into></iframe>"
    return f"""<!doctype html><meta charset=utf-8>{head}<title>running</title><body>{form}<script>
document.title = 'done []'</script>"""
