//! Freezes: times in which no rotation begins or interrupts anybody.

use askama::Template;
use keystead_core::Timestamp;
use serde_json::{Value, json};

use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

const FREEZES: &str = "/console/rotations/freezes";

#[derive(Template)]
#[template(path = "rotations/freezes.html")]
struct Freezes {
    frame: Frame,
    freezes: Vec<Value>,
    now: Timestamp,
    from: String,
    until: String,
    reason: String,
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] if request.is_post => match add(request) {
            Ok(()) => go(FREEZES, "frozen"),
            Err(refusal) => page(request, Some(refusal)),
        },
        [] => page(request, None),
        [id, "remove"] => remove(request, id),
        _ => Err(Refusal::nowhere()),
    }
}

fn page(request: &Request, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let freezes = request.get("/api/v1/freezes")?.list("freezes").to_vec();
    let frame = Frame::of(request, "Freezes")
        .below("Rotations", "/console/rotations")
        .wrong(wrong)
        .help(
            "While a freeze lasts no rotation begins or takes a key away; those under way wait with both keys working. \
             Leaked keys are answered all the same.",
        )
        .twin("keystead freeze list", "GET /api/v1/freezes");
    let [from, until, reason] = ["from", "until", "reason"].map(|name| request.form.get(name).to_owned());
    show_with(status, &Freezes { frame, freezes, now: request.now(), from, until, reason })
}

fn add(request: &Request) -> Result<(), Refusal> {
    let form = &request.form;
    let mut input = json!({ "until": instant(form.get("until")), "reason": form.get("reason") });
    if let Some(from) = form.find("from") {
        input["from"] = instant(from).into();
    }
    request.rest("POST", "/api/v1/freezes", input).map(drop)
}

/// What a browser's field of day and time holds, as an instant of UTC.
fn instant(field: &str) -> String {
    match field.len() {
        16 => format!("{field}:00Z"),
        19 => format!("{field}Z"),
        _ => field.to_owned(),
    }
}

fn remove(request: &Request, id: &str) -> Page {
    let freezes = request.get("/api/v1/freezes")?;
    let freeze = freezes.list("freezes").iter().find(|freeze| freeze.text("freeze_id") == id);
    let reason = freeze.ok_or_else(Refusal::nowhere)?.text("reason");
    let path = format!("/api/v1/freezes/{}", segment(id));
    let frame = Frame::of(request, "End the freeze")
        .below("Rotations", "/console/rotations")
        .below("Freezes", FREEZES)
        .help("What it held goes on by itself. Another freeze can be set at any time.")
        .twin(format!("keystead freeze remove {id}"), format!("DELETE {path}"));
    let what = format!("The freeze “{reason}” ends now, and what it held goes on.");
    Confirm::new(frame, what, "End the freeze", FREEZES).or_do(request, || {
        request.rest("DELETE", &path, json!({}))?;
        go(FREEZES, "unfrozen")
    })
}
