//! The audit trail: searched, filtered, one event as it was chained, and the chain verified.

use askama::Template;
use keystead_core::Timestamp;
use serde_json::{Map, Value, json};

use crate::console::answer::{Page, Refusal, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// The fields that the list can be narrowed by, as the API names them.
const FILTERS: [&str; 6] = ["event_name", "principal", "access_key_id", "error_code", "from", "to"];

#[derive(Template)]
#[template(path = "audit/list.html")]
struct List {
    frame: Frame,
    events: Vec<Event>,
    filters: Vec<(&'static str, String)>,
    reads: String,
    is_narrowed: bool,
    next: Option<String>,
}

impl List {
    fn filter(&self, name: &str) -> &str {
        self.filters.iter().find(|(of, _)| *of == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// An event, as a line of the list.
struct Event {
    link: String,
    at: Option<Timestamp>,
    name: String,
    who: String,
    source: String,
    error: String,
    count: i64,
}

#[derive(Template)]
#[template(path = "audit/event.html")]
struct One {
    frame: Frame,
    event: Event,
    text: String,
    hash: String,
}

#[derive(Template)]
#[template(path = "audit/verify.html")]
struct Verified {
    frame: Frame,
    answer: Value,
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request),
        ["verify"] => verify(request),
        [link] => one(request, link),
        _ => Err(Refusal::nowhere()),
    }
}

fn read(shown: &Value) -> Event {
    let event = shown.at("event");
    let identity = event.at("userIdentity");
    let who =
        identity.find("userName").or_else(|| identity.find("arn")).unwrap_or_else(|| identity.text("type"));
    Event {
        link: shown.text("link"),
        at: event.time("eventTime"),
        name: event.text("eventName"),
        who,
        source: event.text("sourceIPAddress"),
        error: event.text("errorCode"),
        count: event.at("additionalEventData").number("count"),
    }
}

fn list(request: &Request) -> Page {
    let mut input = Map::new();
    let mut address = String::from("/console/audit?");
    let reads = request.query.find("reads").unwrap_or("writes").to_owned();
    let filters = FILTERS.map(|name| (name, request.query.get(name).to_owned()));
    for (name, value) in filters.iter().filter(|(_, value)| !value.is_empty()) {
        let asked = if matches!(*name, "from" | "to") { instant(value) } else { value.clone() };
        input.insert((*name).to_owned(), asked.into());
        address.extend([name, "=", &segment(value), "&"]);
    }
    let is_narrowed = !input.is_empty();
    if reads != "all" {
        input.insert("read_only".to_owned(), if reads == "reads" { "true" } else { "false" }.into());
    }
    address.extend(["reads=", &reads]);
    input.insert("limit".to_owned(), "50".into());
    if let Some(after) = request.query.find("after") {
        input.insert("after".to_owned(), after.into());
    }
    let asked = request.rest("GET", "/api/v1/audit-events", Value::Object(input));
    let (answer, wrong) = match asked {
        Ok(answer) => (answer, None),
        Err(refusal) if refusal.status == 400 => (Value::Null, Some(refusal)),
        Err(refusal) => return Err(refusal),
    };
    let next = answer.find("next").map(|next| format!("{address}&after={}", segment(&next)));
    let frame = Frame::of(request, "Audit")
        .wrong(wrong)
        .help("Everything that was done or refused in this account, written with the deed itself and chained, so that nothing can be taken out.")
        .twin("keystead audit list", "GET /api/v1/audit-events");
    let events = answer.list("events").iter().map(read).collect();
    show(&List { frame, events, filters: filters.to_vec(), reads, is_narrowed, next })
}

/// A day or an instant, as the API takes it.
fn instant(text: &str) -> String {
    if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() }
}

fn one(request: &Request, link: &str) -> Page {
    let number: i64 = link.parse().map_err(|_| Refusal::nowhere())?;
    let input = json!({ "order": "chained", "after": (number - 1).to_string(), "limit": "1" });
    let answer = request.rest("GET", "/api/v1/audit-events", input)?;
    let shown = answer.list("events").first().filter(|shown| shown.number("link") == number);
    let shown = shown.ok_or_else(Refusal::nowhere)?;
    let text = serde_json::to_string_pretty(shown.at("event")).unwrap_or_default();
    let event = read(shown);
    let frame = Frame::of(request, format!("{} (link {link})", event.name))
        .below("Audit", "/console/audit")
        .help("The event as it was chained. Its hash holds the hash of the link before it.")
        .twin("", "GET /api/v1/audit-events?order=chained");
    show(&One { frame, event, text, hash: shown.text("hash") })
}

fn verify(request: &Request) -> Page {
    let mut input = json!({});
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    if let Some(head) = request.query.find("head") {
        input["head"] = head.into();
    }
    let answer = request.rest("GET", "/api/v1/audit-trail/verification", input)?;
    let frame = Frame::of(request, "Verify the trail")
        .below("Audit", "/console/audit")
        .help("Every link is computed again from its event and the link before it. Keep the head elsewhere, and hold the chain against it later.")
        .twin("keystead audit verify", "GET /api/v1/audit-trail/verification");
    show(&Verified { frame, answer })
}
