//! The door of the console: which requests are let in, who they are from, and how pages leave.
//!
//! A request must name this installation as its host. One that changes something must come from a page of ours: the
//! browser says so by `Origin` and `Sec-Fetch-Site`, and the form by a token that only the session's pages know. The
//! cookie is sent to nobody else and read by no script; the API never looks at it.

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response};
use keystead_aws::error::Fault;
use keystead_aws::query::BODY_BYTES_MAX;
use keystead_gate::Gate;
use keystead_gate::console::Visit;
use tokio::sync::Semaphore;

use super::answer::{Answer, Page, Refusal};
use super::visit::{Fields, Request};
use super::{asset, live, pages};
use crate::route::{Connection, HttpResponse, read_body, whole};

/// How many people may be signed in with one browser.
const TOKENS_MAX: usize = 5;

/// Everything a page may load is this installation's own, and nothing may hold it in a frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every answer.
const HEADERS: [(&str, &str); 8] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cache-control", "no-store"),
];

/// The console of an installation.
pub(crate) struct Console {
    gate: Arc<Gate>,
    streams: Arc<Semaphore>,
}

impl Console {
    /// The console in front of a gate.
    pub(crate) fn of(gate: &Arc<Gate>) -> Self {
        Self { gate: Arc::clone(gate), streams: Arc::new(Semaphore::new(live::STREAMS_MAX)) }
    }

    /// Whether a path is of the console.
    pub(crate) fn takes(path: &str) -> bool {
        path == "/console" || path.starts_with("/console/") || path.starts_with("/static/")
    }

    /// Answers a request for a page or one of its files.
    pub(crate) async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        connection: &Connection,
    ) -> HttpResponse {
        let (head, body) = request.into_parts();
        let host = header(&head.headers, "host").to_owned();
        let own = &self.gate.settings().public_hosts;
        if !own.iter().any(|own| own.eq_ignore_ascii_case(&host)) {
            let fault = Fault::MisdirectedRequest { host };
            return plain(421, &text_of(&fault));
        }
        if let Some(name) = head.uri.path().strip_prefix("/static/") {
            return file(name, header(&head.headers, "accept-encoding"));
        }
        let is_post = head.method == Method::POST;
        if !is_post && !matches!(head.method, Method::GET | Method::HEAD) {
            return plain(405, "Pages are asked for with GET and forms are sent with POST.");
        }
        if is_post && !is_from_here(&head.headers, connection.secure, &host) {
            return plain(403, "This form was not sent by a page of this console, so nothing was done.");
        }
        let body = match read_body(body, BODY_BYTES_MAX).await {
            Ok(body) => body,
            Err(fault) => return plain(413, &text_of(&fault)),
        };
        let gate = Arc::clone(&self.gate);
        let visit = Visit {
            source: connection.source.clone(),
            user_agent: header(&head.headers, "user-agent").to_owned(),
            secure: connection.secure,
            now: gate.clock().now(),
            once: None,
        };
        if let Some(page) = head.uri.path().strip_suffix("/live").filter(|_| head.method == Method::GET) {
            let page = page.to_owned();
            return live::follow(gate, head, &page, visit, &self.streams);
        }
        let answered = tokio::task::spawn_blocking(move || enter(gate, &head, &body, visit));
        answered.await.unwrap_or_else(|error| plain(500, &text_of(&Fault::internal(error))))
    }
}

/// Finds out who asks and has the page made.
fn enter(gate: Arc<Gate>, head: &http::request::Parts, body: &Bytes, visit: Visit) -> HttpResponse {
    let mut request = read(gate, head, head.uri.path(), body, visit);
    let page =
        know(&mut request, true).and_then(|()| check_form(&request)).and_then(|()| pages::answer(&request));
    write(page.or_else(|refusal| pages::wrong::page(&request, refusal)))
}

/// The part of a page that changes, for somebody who is signed in still; nothing for anybody else.
pub(super) fn part(gate: Arc<Gate>, head: &http::request::Parts, path: &str, visit: Visit) -> Option<String> {
    let mut request = read(gate, head, path, &Bytes::new(), visit);
    request.partial = true;
    know(&mut request, false).ok()?;
    request.visitor.as_ref()?;
    match pages::answer(&request) {
        Ok(Answer::Page(200, html)) => Some(html),
        _ => None,
    }
}

/// The request as pages take it, from nobody yet.
fn read(gate: Arc<Gate>, head: &http::request::Parts, path: &str, body: &Bytes, mut visit: Visit) -> Request {
    let cookies = cookies(&head.headers);
    let name = cookie_name(visit.secure);
    let held = cookies.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str());
    let tokens = held.unwrap_or_default().split('.').filter(|token| !token.is_empty());
    let tokens = tokens.take(TOKENS_MAX).map(str::to_owned).collect();
    let form = Fields::parse(body);
    visit.once = form.find("once").map(str::to_owned);
    let query = head.uri.query().unwrap_or_default();
    Request {
        visitor: None,
        tokens,
        cookies,
        host: header(&head.headers, "host").to_owned(),
        is_post: head.method == Method::POST,
        segments: segments(path),
        address: match query {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        },
        query: Fields::parse(query.as_bytes()),
        form,
        partial: header(&head.headers, "hx-request") == "true",
        visit,
        gate,
    }
}

/// Finds whoever is signed in; a page that is only followed does not keep a session from ending.
fn know(request: &mut Request, is_seen: bool) -> Result<(), Refusal> {
    if let Some(token) = request.tokens.first() {
        let find = if is_seen { Gate::find_visitor } else { Gate::find_visitor_unseen };
        request.visitor = find(&request.gate, token, request.now())?;
    }
    Ok(())
}

/// Whether a form of somebody who is signed in was made for their session.
fn check_form(request: &Request) -> Result<(), Refusal> {
    let expected = request.form_token();
    if !request.is_post || expected.is_empty() || request.form.get("token") == expected {
        return Ok(());
    }
    Err(Refusal {
        status: 403,
        code: "StaleForm".to_owned(),
        message:
            "This form belongs to another session, so nothing was done. Go back, load the page again and \
                  repeat it."
                .to_owned(),
    })
}

/// Whether the browser says that one of our own pages sent this. Browsers send `Origin` with every form; what sends
/// none is no browser and holds no cookie that was not given to it.
fn is_from_here(headers: &HeaderMap, secure: bool, host: &str) -> bool {
    let origin = header(headers, "origin");
    let scheme = if secure { "https" } else { "http" };
    let site = header(headers, "sec-fetch-site");
    origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")) && matches!(site, "" | "same-origin")
}

/// The path below `/console`, each segment decoded. A segment that is no UTF-8 is kept as it is, and found nowhere.
fn segments(path: &str) -> Vec<String> {
    let below = path.strip_prefix("/console").unwrap_or_default();
    below
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| {
            let escaped = segment.replace('+', "%2B");
            form_urlencoded::parse(escaped.as_bytes())
                .next()
                .map(|(name, _)| name.into_owned())
                .unwrap_or_default()
        })
        .collect()
}

/// A segment of a path in the form it has in an address.
pub(crate) fn segment(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all("cookie").into_iter().filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// What the cookie of sessions is called: browsers take the prefix only where TLS is on, for this host alone.
pub(crate) fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-keystead" } else { "keystead" }
}

/// The line that has the browser hold these tokens, the one that acts first; none at all ends the cookie.
pub(crate) fn session_cookie(secure: bool, tokens: &[String]) -> String {
    let (name, value) =
        (cookie_name(secure), tokens.iter().take(TOKENS_MAX).cloned().collect::<Vec<_>>().join("."));
    let ends = if tokens.is_empty() { "; Max-Age=0" } else { "" };
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{ends}")
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn text_of(fault: &Fault) -> String {
    fault.wire().message.unwrap_or_default()
}

fn write(page: Page) -> HttpResponse {
    match page {
        Ok(answer) => write_answer(answer),
        Err(refusal) => plain(refusal.status, &refusal.message),
    }
}

fn write_answer(answer: Answer) -> HttpResponse {
    match answer {
        Answer::Page(status, html) => respond(status, "text/html; charset=utf-8", html.into_bytes()),
        Answer::Go(address) => {
            let mut response = respond(303, "text/plain; charset=utf-8", Vec::new());
            set(&mut response, "location", &address);
            response
        }
        Answer::File { name, content_type, body } => {
            let mut response = respond(200, content_type, body);
            set(&mut response, "content-disposition", &format!("attachment; filename=\"{name}\""));
            response
        }
        Answer::WithCookies(answer, lines) => {
            let mut response = write_answer(*answer);
            for line in lines {
                if let Ok(line) = HeaderValue::from_str(&line) {
                    response.headers_mut().append("set-cookie", line);
                }
            }
            response
        }
    }
}

fn file(name: &str, accepted: &str) -> HttpResponse {
    let Some(found) = asset::find(name) else { return plain(404, "There is no such file.") };
    let is_small = !found.gzip.is_empty() && takes_gzip(accepted);
    let body = if is_small { &found.gzip } else { found.body };
    let mut response = respond(200, found.content_type, body.to_vec());
    set(&mut response, "vary", "accept-encoding");
    if is_small {
        set(&mut response, "content-encoding", "gzip");
    }
    set(&mut response, "cache-control", "public, max-age=31536000, immutable");
    response
}

/// Whether a browser says that it takes gzip, and not that it takes none of it.
fn takes_gzip(accepted: &str) -> bool {
    let mut codings = accepted.split(',').map(|coding| coding.split(';').map(str::trim));
    codings.any(|mut coding| {
        coding.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"))
            && !coding.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

pub(super) fn plain(status: u16, sentence: &str) -> HttpResponse {
    respond(status, "text/plain; charset=utf-8", format!("{sentence}\n").into_bytes())
}

fn respond(status: u16, content_type: &'static str, body: Vec<u8>) -> HttpResponse {
    let mut response = Response::new(whole(body));
    head(&mut response, status, content_type);
    response
}

/// Status and headers of every answer.
pub(super) fn head(response: &mut HttpResponse, status: u16, content_type: &'static str) {
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    for (name, value) in HEADERS {
        set(response, name, value);
    }
    set(response, "content-type", content_type);
}

fn set(response: &mut HttpResponse, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_once() {
        assert_eq!(segments("/console/users/a%2Fb+c/%2541"), ["users", "a/b+c", "%41"]);
        assert_eq!(segment("a/b c+d"), "a%2Fb%20c%2Bd");
        assert!(segments("/console").is_empty());
    }

    #[test]
    fn a_file_is_compressed_for_who_takes_that() {
        for accepted in ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5"] {
            assert!(takes_gzip(accepted), "{accepted}");
        }
        for accepted in ["", "br", "gzip;q=0", "identity, gzip; q=0.0", "x-gzipped"] {
            assert!(!takes_gzip(accepted), "{accepted}");
        }
    }

    #[test]
    fn a_form_must_come_from_here() {
        let headers = |origin: &'static str, site: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("origin", HeaderValue::from_static(origin));
            headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            headers
        };
        assert!(is_from_here(&headers("https://k.example", "same-origin"), true, "k.example"));
        for (origin, site) in [
            ("http://k.example", "same-origin"),
            ("https://k.example.evil", "same-origin"),
            ("https://k.example", "cross-site"),
            ("https://k.example", "same-site"),
            ("null", "same-origin"),
        ] {
            assert!(!is_from_here(&headers(origin, site), true, "k.example"), "{origin} {site}");
        }
        assert!(!is_from_here(&HeaderMap::new(), true, "k.example"));
    }
}
