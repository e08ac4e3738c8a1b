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


def names(count: int = 300) -> list[str]:
    """Texts that run `alert(1)` wherever one is written into a page as it is: in text, in an attribute of either
    quote or of none, in an address, in a comment, a title, a script, a template."""
    tags = [
        *("<script>{0}</script>", "<ScRiPt>{0}</sCrIpT>", "<script src=data:,{0}></script>", "<script/x>{0}</script/x>"),
        *("<img src=x onerror={0}>", "<img/src=x/onerror={0}>", '<img src="x" onerror="{0}">', "<img src=x:x onerror={0}//"),
        *("<svg onload={0}>", "<svg/onload={0}>", "<svg><script>{0}</script></svg>", "<svg><animate onbegin={0} attributeName=x>"),
        *("<svg><a xlink:href=javascript:{0}><text x=20 y=20>x</text></a>", "<math href=javascript:{0}>x</math>"),
        *("<body onload={0}>", "<iframe src=javascript:{0}>", '<iframe srcdoc="<script>{0}</script>">', "<object data=javascript:{0}>"),
        *("<embed src=javascript:{0}>", "<details open ontoggle={0}>x", "<video><source onerror={0}>", "<audio src=x onerror={0}>"),
        *("<input autofocus onfocus={0}>", "<select autofocus onfocus={0}>", "<textarea autofocus onfocus={0}>"),
        *("<marquee onstart={0}>x", "<style onload={0}></style>", "<link rel=stylesheet href=data:, onload={0}>"),
        *("<meta http-equiv=refresh content=0;url=javascript:{0}>", "<base href=javascript:{0}//>", "<a href=javascript:{0}>x</a>"),
        *("<form action=javascript:{0}><button>x</button></form>", "<button formaction=javascript:{0}>x</button>"),
        *("<div style=background:url(javascript:{0})>x</div>", "<div onpointerenter={0}>x</div>", "<p hidden=until-found onbeforematch={0}>"),
        *("<div hx-on:load={0} hx-get=/ hx-trigger=load>", "<a hx-get=data:text/html,{0} hx-trigger=load>x</a>", "<x onclick={0}>x</x>"),
        *("<noscript><p title='</noscript><img src=x onerror={0}>'>", "<!--><img src=x onerror={0}>-->", "<![CDATA[<img src=x onerror={0}>]]>"),
        *("<template><script>{0}</script></template>", "<xmp><img title='</xmp><img src=x onerror={0}>'></xmp>", "<keygen autofocus onfocus={0}>"),
    ]
    escapes = [
        *("{0}", '">{0}', "'>{0}", "</title>{0}", "</textarea>{0}", "</script>{0}", "</option></select>{0}", "-->{0}", "]]>{0}", "\\\">{0}"),
    ]
    bare = [
        *('" onmouseover="alert(1)', "' onfocus='alert(1)' autofocus='", " onload=alert(1) x=", "` onerror=alert(1) `", "javascript:alert(1)"),
        *("java\tscript:alert(1)", "JAVASCRIPT:alert(1)//", "data:text/html,<script>alert(1)</script>", "vbscript:alert(1)"),
        *("';alert(1)//", '";alert(1)//', "\\';alert(1)//", "${alert(1)}", "{{constructor.constructor('alert(1)')()}}", "{% alert(1) %}"),
        *("&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)&#60;/script&#62;", "%3Cscript%3Ealert(1)%3C/script%3E"),
        *("\\u003cscript\\u003ealert(1)\\u003c/script\\u003e", "\\x3cscript\\x3ealert(1)\\x3c/script\\x3e", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
        *("\u202e<script>alert(1)</script>", "\ufeff<script>alert(1)</script>", "\uff1cscript\uff1ealert(1)", "<\u0131mg src=x onerror=alert(1)>"),
        *("=cmd|'/c calc'!A1", "@SUM(1)", "\n<script>alert(1)</script>", "\u2028alert(1)", "../../../<img src=x onerror=alert(1)>"),
    ]
    calls = ["alert(1)", "alert`1`", "top['al'+'ert'](1)", "eval('alert(1)')", "setTimeout('alert(1)')"]
    made = list(bare)
    for number, (tag, escape) in enumerate(itertools.product(tags, escapes)):
        made.append(escape.format(tag.format(calls[number % len(calls)])))
    # Some of every kind, whatever the count.
    stride = max(1, (len(made) - len(bare)) // (count - len(bare)))
    picked = made[: len(bare)] + made[len(bare) :: stride]
    return list(dict.fromkeys(picked))[:count]
