//! The list of rotations, and of the credentials that are rotated.

use askama::Template;
use serde_json::{Value, json};

use super::words;
use crate::console::answer::{Page, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "rotations/list.html")]
struct List {
    frame: Frame,
    which: String,
    rotations: Vec<Value>,
    due: Vec<Value>,
    next: Option<String>,
}

impl List {
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn words<'v>(&self, state: &'v str) -> (&'v str, &'static str) {
        words(state)
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn said(&self, line: &Value) -> String {
        said_of(line)
    }
}

/// What is said of a line of what is due.
fn said_of(line: &Value) -> String {
    let why = line.text("why");
    let mut letters = why.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

pub(super) fn answer(request: &Request) -> Page {
    let which = request.query.get("which").to_owned();
    let mut input = json!({});
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    // What waits and what runs is asked for as such: it may be far from the newest.
    let only = match which.as_str() {
        "waiting" => Some("blocked"),
        "running" => Some("running"),
        _ => None,
    };
    let answer = match only {
        Some(only) => {
            input["only"] = only.into();
            let found = request.rest("GET", "/api/v1/due-rotations", input)?;
            json!({ "rotations": found.list("credentials"), "next": found.at("next") })
        }
        None => request.rest("GET", "/api/v1/rotations", input)?,
    };
    let is_wanted = |rotation: &&Value| which != "ended" || rotation.find("finished_at").is_some();
    let rotations: Vec<Value> = answer.list("rotations").iter().filter(is_wanted).cloned().collect();
    let next = answer.find("next");
    let next =
        next.map(|next| format!("/console/rotations?which={}&after={}", segment(&which), segment(&next)));
    // Whoever may not see what is due sees the rotations all the same.
    let due =
        request.get("/api/v1/due-rotations").map(|due| due.list("credentials").to_vec()).unwrap_or_default();
    let frame = Frame::of(request, "Rotations")
        .help(
            "A rotation replaces a key without interrupting whoever uses it: both work until nobody needs the old one, \
             on proof and not on a timer.",
        )
        .twin("keystead rotate list", "GET /api/v1/rotations");
    show(&List { frame, which, rotations, due, next })
}
