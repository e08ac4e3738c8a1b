//! One rotation: how far it is, what it waits for, who is on which key, what it takes now; and its receipt.
//!
//! The part that changes is a template of its own: asked for by a script it comes alone, so that the page can follow the
//! rotation without being loaded again.

use askama::Template;
use keystead_aws::error::Fault;
use serde_json::Value;

use super::{address, words};
use crate::console::answer::{Answer, Page, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// The steps that people count, and the states of each.
const STEPS: [(&str, &[&str]); 8] = [
    ("Check", &["preflight"]),
    ("Create", &["creating", "staged"]),
    ("Verify", &["verifying"]),
    ("Deliver", &["delivering"]),
    ("Prove", &["proving", "brownout"]),
    ("Switch off", &["deactivating"]),
    ("Watch", &["watching"]),
    ("Delete", &["deleting"]),
];

/// Something that can be ordered now.
struct Order {
    /// The words of the button.
    words: String,
    /// Where it is asked once more.
    address: String,
    /// What it does.
    consequence: String,
    is_risky: bool,
}

/// A consumer of the rotation.
struct Consumer {
    shown: Value,
    /// Whether it was seen with the new key, or holds it.
    is_on_new: bool,
    is_on_old: bool,
    /// Orders about it alone.
    orders: Vec<Order>,
    is_unknown: bool,
}

#[derive(Template)]
#[template(path = "rotations/live.html")]
struct Live<'l> {
    frame: &'l Frame,
    rotation: &'l Value,
    id: &'l str,
    steps: Vec<(&'static str, &'static str)>,
    state: (&'l str, &'static str),
    is_over: bool,
    consumers: Vec<Consumer>,
    orders: Vec<Order>,
}

#[derive(Template)]
#[template(path = "rotations/show.html")]
struct Show {
    frame: Frame,
    id: String,
    is_over: bool,
    live: String,
}

#[derive(Template)]
#[template(path = "rotations/receipt.html")]
struct Receipt {
    frame: Frame,
    id: String,
    receipt: Value,
    /// All entries as people read them.
    text: String,
    evidence: Vec<Value>,
}

pub(super) fn answer(request: &Request, id: &str) -> Page {
    let rotation = request.get(&format!("/api/v1/rotations/{}", segment(id)))?;
    let credential = rotation.text("credential");
    let state = rotation.text("state");
    let is_over = rotation.find("finished_at").is_some();
    let frame = Frame::of(request, format!("Rotation of {credential}"))
        .below("Rotations", "/console/rotations")
        .help(
            "Both keys work until every consumer is proved to be on the new one. Until the old key is deleted, everything \
             can be taken back.",
        )
        .twin(format!("keystead rotate status {id} --watch"), format!("GET /api/v1/rotations/{id}"));
    let live = Live {
        frame: &frame,
        rotation: &rotation,
        id,
        steps: steps(&rotation, &state),
        state: words(&state),
        is_over,
        consumers: consumers(&rotation, id),
        orders: orders(&rotation, id, &state, is_over),
    };
    let live = live.render().map_err(Fault::internal)?;
    if request.partial {
        return Ok(Answer::Page(200, live));
    }
    show(&Show { frame, id: id.to_owned(), is_over, live })
}

/// Each step and how it stands. One that waits or is held is with its new key at the proof, and without at the check.
fn steps(rotation: &Value, state: &str) -> Vec<(&'static str, &'static str)> {
    let at = |state: &str| STEPS.iter().position(|(_, states)| states.contains(&state));
    let held = state.strip_prefix("rolling back: ").unwrap_or(state);
    let has_new = rotation.find("new_access_key_id").is_some();
    let now = match state {
        "done" => STEPS.len(),
        _ => at(held).unwrap_or(if has_new { 4 } else { 0 }),
    };
    let mark = |step: usize| match step.cmp(&now) {
        _ if state == "rolled back" => "",
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Equal => "now",
        std::cmp::Ordering::Greater => "",
    };
    STEPS.iter().enumerate().map(|(step, (name, _))| (*name, mark(step))).collect()
}

fn consumers(rotation: &Value, id: &str) -> Vec<Consumer> {
    let new_key = rotation.find("new_access_key_id");
    let answers = rotation.at("question").list("answers");
    let per_consumer = answers.iter().filter(|answer| answer.text("command").ends_with(" CONSUMER"));
    let per_consumer: Vec<&Value> = per_consumer.collect();
    let of = |shown: &Value| {
        let name = shown.text("name");
        let holds = |member: &str| new_key.is_some() && shown.find(member) == new_key;
        // Whoever used the old key last is on it, whatever it was given.
        let (old, new) = (shown.at("on_old").time("last_used_at"), shown.at("on_new").time("last_used_at"));
        let is_on_old = old.is_some() && old >= new;
        let is_on_new = !is_on_old && (new.is_some() || holds("serving") || holds("applied"));
        let orders = per_consumer.iter().filter(|_| !is_on_new).map(|answer| {
            let command = answer.text("command");
            let verb = command.split(' ').next().unwrap_or_default();
            order(id, verb, &format!("&consumer={}", segment(&name)), answer.text("consequence"))
        });
        Consumer {
            is_on_new,
            is_on_old,
            orders: orders.collect(),
            is_unknown: matches!(shown.text("kind").as_str(), "observed"),
            shown: shown.clone(),
        }
    };
    rotation.list("consumers").iter().map(of).collect()
}

/// What can be ordered of the rotation as a whole: the answers to its question, and what is possible at any time.
fn orders(rotation: &Value, id: &str, state: &str, is_over: bool) -> Vec<Order> {
    if is_over {
        return Vec::new();
    }
    let mut orders = Vec::new();
    let question = rotation.at("question");
    if question.is_object() {
        orders.push(order(id, "approve", "", question.text("if_approved")));
    }
    for answer in question.list("answers") {
        let command = answer.text("command");
        let verb = command.split(' ').next().unwrap_or_default();
        if !command.ends_with(" CONSUMER") && verb != "approve" {
            orders.push(order(id, verb, "", answer.text("consequence")));
        }
    }
    let mut also = |verb: &str, consequence: &str| {
        let is_there = orders.iter().any(|order| order.address.contains(&format!("do={verb}")));
        if !is_there {
            orders.push(order(id, verb, "", consequence.to_owned()));
        }
    };
    if state == "proving" {
        also(
            "brownout",
            "the old key is switched off for some minutes and put back by itself, and who needs it shows",
        );
    }
    if state == "watching" {
        also("put-back", "the old key is active again, and its silence is proved anew");
    }
    if state == "paused" {
        also("resume", "it goes on where it was held");
    } else if !state.starts_with("rolling back") {
        also("pause", "it is held where it is, and both keys stay as they are");
        also("rollback", "every consumer is given the old key again, and the new one goes");
    }
    orders
}

/// A clause as a sentence begins.
fn capital(clause: &str) -> String {
    let mut letters = clause.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn order(id: &str, verb: &str, more: &str, consequence: String) -> Order {
    Order {
        words: super::command::words(verb).to_owned(),
        consequence: capital(&consequence),
        address: format!("{}/command?do={verb}{more}", address(id)),
        is_risky: matches!(verb, "rollback" | "hard-stop" | "emergency" | "exempt" | "make-room"),
    }
}

pub(super) fn receipt(request: &Request, id: &str) -> Page {
    let answer = request.get(&format!("/api/v1/rotations/{}/receipt", segment(id)))?;
    let receipt = answer.at("receipt").clone();
    let frame = super::frame(request, id, &receipt.text("credential"), "Receipt")
        .help("Every entry holds the hash of the one before, so that none can be changed or taken out. Print it, or keep the file.")
        .twin(format!("keystead rotate receipt {id}"), format!("GET /api/v1/rotations/{id}/receipt"));
    show(&Receipt {
        frame,
        id: id.to_owned(),
        evidence: answer.list("evidence").to_vec(),
        text: answer.text("text"),
        receipt,
    })
}

pub(super) fn receipt_file(request: &Request, id: &str) -> Page {
    let answer = request.get(&format!("/api/v1/rotations/{}/receipt", segment(id)))?;
    let body = serde_json::to_vec_pretty(answer.at("receipt")).map_err(Fault::internal)?;
    Ok(Answer::File { name: format!("receipt-{id}.json"), content_type: "application/json", body })
}
