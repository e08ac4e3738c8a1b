"""Texts that try to be more than texts: addresses that lead elsewhere, hosts that are somebody else's, names that run."""

from __future__ import annotations

import itertools

ELSEWHERE = ("elsewhere.test", "evil.example")


def addresses(count: int = 500) -> list[str]:
    """Values of `next` that lead off the site if anybody follows them, or look as if they did."""
    starts = [
        *("https://{0}", "http://{0}", "//{0}", "///{0}", "////{0}", "/\\{0}", "\\\\{0}", "\\/{0}", "/\t/{0}", "/\n/{0}"),
        *("\t//{0}", " //{0}", "\x00//{0}", "\u2028//{0}", "/%09/{0}", "/%5c{0}", "%2f%2f{0}", "/%2f{0}", "//%00{0}"),
        *("https:{0}", "https:/{0}", "http:///{0}", "HTTPS://{0}", "hTtP:\\\\{0}", "ftp://{0}", "//{0}%2f..", "/.//{0}"),
        *("/console//{0}", "/console/..//{0}", "/console/../\\{0}", "/console\\..\\..\\\\{0}", "/console@{0}", "/console.{0}"),
        *("console.{0}", "@{0}", ":@{0}", "//console@{0}", "//127.0.0.1@{0}", "//127.0.0.1:7360@{0}", "http://127.0.0.1.{0}"),
        *("/console/%2e%2e//{0}", "/console/%2e%2e/%5c{0}", "/console?next=//{0}", "/console/;//{0}", "/console/#//{0}"),
        *("/console/..;//{0}", "/console/\\{0}", "/console/\r\nLocation: //{0}", "/console%0d%0aLocation:%20//{0}"),
        *("/console/%0a/{0}", "/console\u3002{0}", "//{0}\u3002", "\uff0f\uff0f{0}", "/console/\uff0f{0}", "〱//{0}"),
        *("javascript:location='//{0}'", "java\tscript:location='//{0}'", "JaVaScRiPt://%0alocation='//{0}'", "data:text/html,{0}"),
        *("vbscript:{0}", "blob:https://{0}/", "view-source:https://{0}", "file://{0}/etc", "about://{0}", "x://{0}", "mailto:a@{0}"),
    ]
    ends = ["", "/", "/console", "?/console", "#/console", "/%2e%2e/console", "\\console", ":443/console", "%00/console"]
    made = [start.format(host) + end for end, host, start in itertools.product(ends, ELSEWHERE, starts)]
    return list(dict.fromkeys(made))[:count]


def hosts(own: str) -> list[str]:
    """Values of `Host` that are not the installation's own."""
    name, _, port = own.partition(":")
    return [
        *ELSEWHERE,
        *(f"{host}:{port}" for host in ELSEWHERE),
        *(f"{own}.evil.example", f"evil.example:{port}#{own}", f"{own}@evil.example", f"evil.example@{own}"),
        *(f"{name}", f"{name}.", f"{name}.:{port}", f"{name}:80", f"{name}:{int(port) + 1}", f"{name}:0{port}"),
        *(f"{own} evil.example", f"{own},evil.example", f"{own};evil.example", f"{own}/evil.example", f" {own}x"),
        *(f"localhost.evil.example:{port}", f"[::ffff:127.0.0.1]:{port}", f"2130706433:{port}"),
        *(f"0x7f000001:{port}", f"127.1:{port}", f"0:{port}", f"0.0.0.0:{port}", f"rebind.test:{port}", "*", "null"),
    ]
