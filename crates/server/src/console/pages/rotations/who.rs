//! Who is that? Somebody nobody knows uses a key: it is given a name, found to be a consumer that is known, or said not
//! to use the old key any more.

use askama::Template;
use serde_json::{Value, json};

use super::address;
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "rotations/who.html")]
struct Who {
    frame: Frame,
    base: String,
    consumer: String,
    /// What is known of it.
    known: Option<Value>,
    /// Consumers that have names.
    named: Vec<String>,
}

pub(super) fn answer(request: &Request, id: &str) -> Page {
    let rotation = request.get(&format!("/api/v1/rotations/{}", segment(id)))?;
    let credential = rotation.text("credential");
    let consumer = request.query.get("consumer").to_owned();
    let map = request.get(&format!("/api/v1/credentials/{}/consumer-map", segment(&credential)));
    let map = map.map(|map| map.list("consumers").to_vec()).unwrap_or_default();
    let known = map.iter().find(|one| one.text("name") == consumer).cloned();
    let mut wrong = None;
    if request.is_post {
        match act(request, id, &credential, &consumer, known.as_ref()) {
            Ok(_) => return go(&address(id), "consumer-named"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let is_named =
        |one: &&Value| !matches!(one.text("kind").as_str(), "unknown") && one.text("name") != consumer;
    let named = map.iter().filter(is_named).map(|one| one.text("name")).collect();
    let frame = super::frame(request, id, &credential, "Who is that?")
        .wrong(wrong)
        .help("A name tells one consumer from another and stands in the receipt. It changes nothing about who may use the key.")
        .twin(
            format!("keystead consumer name {credential} NAME --source ADDRESS"),
            format!("POST /api/v1/credentials/{credential}/known-consumers"),
        );
    show_with(status, &Who { frame, base: address(id), consumer, known, named })
}

fn act(
    request: &Request,
    id: &str,
    credential: &str,
    consumer: &str,
    known: Option<&Value>,
) -> Result<Value, Refusal> {
    let form = &request.form;
    let first = |list: &str| known.and_then(|known| known.texts(list).into_iter().next());
    let traits = |mut input: Value| {
        for (member, list) in [("source", "sources"), ("service", "services"), ("app_id", "app_ids")] {
            if let Some(value) = first(list) {
                input[member] = value.into();
            }
        }
        input
    };
    let path = format!("/api/v1/credentials/{}", segment(credential));
    match form.get("kind") {
        "name" => {
            let mut input = json!({ "name": form.get("name") });
            if let Some(owner) = form.find("owner") {
                input["owner"] = owner.into();
            }
            request.rest("POST", &format!("{path}/known-consumers"), traits(input))
        }
        "assign" => {
            let input = traits(json!({ "consumer": form.get("consumer") }));
            request.rest("POST", &format!("{path}/assigned-consumers"), input)
        }
        "attest" => {
            let input = json!({ "consumer": consumer, "note": form.get("note") });
            request.rest("POST", &format!("/api/v1/rotations/{}/attestations", segment(id)), input)
        }
        _ => Err(Refusal::of_form("Choose what you know of it.")),
    }
}
