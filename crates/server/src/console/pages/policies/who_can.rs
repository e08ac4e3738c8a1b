//! Who can do this: every user and role whose policies allow an action on a thing.

use askama::Template;
use serde_json::{Value, json};

use crate::console::answer::{Page, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "policies/who_can.html")]
struct WhoCan {
    frame: Frame,
    action: String,
    resource: String,
    found: Option<Vec<Value>>,
    asked: i64,
    next: Option<String>,
}

pub(super) fn answer(request: &Request) -> Page {
    let action = request.query.get("action").to_owned();
    let resource = request.query.find("resource").unwrap_or("*").to_owned();
    let mut input = json!({ "action": action, "resource": resource });
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    let asked = (!action.is_empty()).then(|| request.rest("GET", "/api/v1/who-can", input));
    let (answer, wrong) = match asked {
        None => (None, None),
        Some(Ok(answer)) => (Some(answer), None),
        Some(Err(refusal)) => (None, Some(refusal)),
    };
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let next = answer.as_ref().and_then(|answer| answer.find("next")).map(|next| {
        format!(
            "/console/policies/who-can?action={}&resource={}&after={}",
            segment(&action),
            segment(&resource),
            segment(&next)
        )
    });
    let frame = Frame::of(request, "Who can do this?")
        .below("Policies", "/console/policies")
        .wrong(wrong)
        .help("Every user and role is asked as a request would ask it, without conditions that only a request meets.")
        .twin("", "GET /api/v1/who-can?action=ACTION&resource=ARN");
    let asked = answer.as_ref().map_or(0, |answer| answer.number("asked"));
    let found = answer.map(|answer| answer.list("principals").to_vec());
    show_with(status, &WhoCan { frame, action, resource, found, asked, next })
}
