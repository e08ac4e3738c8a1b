//! An order to a rotation, asked once more with what is known of it now.

use serde_json::json;

use super::address;
use crate::console::answer::{Page, Refusal, go};
use crate::console::door::segment;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::time;
use crate::console::visit::Request;

/// How much longer a watch lasts that is made longer.
const LONGER_SECONDS: u64 = 7 * 24 * 3_600;

/// The words for a subcommand of `keystead rotate`.
pub(super) fn words(verb: &str) -> &str {
    match verb {
        "approve" => "Approve",
        "rollback" => "Roll back",
        "pause" => "Hold",
        "resume" => "Go on",
        "skip" => "Pass over",
        "exempt" => "Exempt",
        "return" => "Give the old key back",
        "put-back" => "Put back",
        "extend" => "Watch 7 days longer",
        "brownout" => "Start a trial switch-off",
        "remind" => "Remind",
        "hard-stop" => "Switch off now",
        "make-room" => "Make room",
        "emergency" => "Contain now",
        other => other,
    }
}

/// The name of a subcommand in the API.
fn wish(verb: &str) -> Option<&'static str> {
    Some(match verb {
        "approve" => "approve",
        "rollback" => "rollback",
        "pause" => "pause",
        "resume" => "resume",
        "skip" => "skip",
        "exempt" => "exempt",
        "return" => "return",
        "put-back" => "put_back",
        "extend" => "extend",
        "brownout" => "brownout",
        "remind" => "remind",
        "hard-stop" => "hard_stop",
        "make-room" => "make_room",
        "emergency" => "emergency_contain_now",
        _ => return None,
    })
}

pub(super) fn answer(request: &Request, id: &str) -> Page {
    let verb = request.query.get("do").to_owned();
    let command = wish(&verb).ok_or_else(Refusal::nowhere)?;
    let path = format!("/api/v1/rotations/{}", segment(id));
    let rotation = request.get(&path)?;
    let consumer = request.query.get("consumer").to_owned();
    let old_key = rotation.text("old_access_key_id");
    let last_four: String = old_key.chars().skip(old_key.len().saturating_sub(4)).collect();
    let credential = rotation.text("credential");
    let frame = super::frame(request, id, &credential, words(&verb))
        .help("Every order stands in the receipt with your name.")
        .twin(
            format!("keystead rotate {verb} {id} {consumer}").trim_end().to_owned(),
            format!("POST {path}/commands"),
        );
    let mut question = Confirm::new(frame, what(&rotation, &verb, &consumer), words(&verb), address(id))
        .evidence(rotation.text("sentence"));
    for consumer in rotation.list("consumers") {
        let on_old = consumer.at("on_old");
        if let Some(at) = on_old.time("last_used_at") {
            let (name, uses) = (consumer.text("name"), on_old.number("uses"));
            let ago = time::relative_text(at, request.now());
            let times = if uses == 1 { "once".to_owned() } else { format!("{uses} times") };
            question = question.evidence(format!("{name} last used the old key {ago}, {times} in all."));
        }
    }
    if verb == "hard-stop" {
        question = question.typed(last_four, "the last four characters of the old key's id");
    }
    if verb == "make-room" {
        question = question.ask("key", "The id of the key to give up, in full");
    }
    question.or_do(request, || {
        let mut input = json!({ "command": command });
        if !consumer.is_empty() {
            input["consumer"] = consumer.clone().into();
        }
        match verb.as_str() {
            "extend" => input["lasts_s"] = LONGER_SECONDS.into(),
            "hard-stop" => input["typed"] = request.form.get("typed").into(),
            "make-room" => input["key"] = request.form.get("key").into(),
            _ => {}
        }
        request.rest("POST", &format!("{path}/commands"), input)?;
        go(&address(id), "rotation-ordered")
    })
}

/// What happens, in the words of the question where it is one of its answers.
fn what(rotation: &serde_json::Value, verb: &str, consumer: &str) -> String {
    let question = rotation.at("question");
    let told = if verb == "approve" {
        question.find("if_approved")
    } else {
        let mut answers = question.list("answers").iter();
        let found = answers.find(|answer| answer.text("command").split(' ').next() == Some(verb));
        found.and_then(|answer| answer.find("consequence"))
    };
    let told = told.unwrap_or_else(|| match verb {
        "rollback" => "every consumer is given the old key again, and the new one goes".to_owned(),
        "pause" => "the rotation is held where it is, and both keys stay as they are".to_owned(),
        "resume" => "the rotation goes on where it was held".to_owned(),
        "brownout" => "the old key is switched off for some minutes and put back by itself".to_owned(),
        "put-back" => "the old key is active again, and its silence is proved anew".to_owned(),
        _ => format!("{} is ordered", words(verb)),
    });
    if consumer.is_empty() { format!("If you do this, {told}.") } else { format!("For {consumer}: {told}.") }
}
