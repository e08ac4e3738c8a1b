//! A credential that is kept and rotated: how it stands, by which rule it is rotated, who is told, and where Keystead
//! itself brings its keys.

use askama::Template;
use serde_json::{Value, json};

use super::targets;
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "rotations/kept.html")]
struct Kept {
    frame: Frame,
    base: String,
    name: String,
    credential: Value,
    /// Why somebody may not see the targets, or what there is of them.
    targets: Result<Vec<Value>, String>,
    /// What a look at a target found: its name, whether it is ready, and a sentence.
    looked: Option<(String, bool, String)>,
}

impl Kept {
    /// The rule it is rotated by, in words.
    fn rule(&self) -> String {
        let schedule = self.credential.at("schedule");
        match rule_of(schedule) {
            "cron" => format!("at the times of {}, UTC", schedule.text("cron")),
            "hand" => "by hand only".to_owned(),
            _ => format!("before its key is {} days old", days_of(schedule)),
        }
    }
}

/// By what a credential is rotated, as the form says it.
fn rule_of(schedule: &Value) -> &'static str {
    match (schedule.find("cron"), schedule.is_null()) {
        (Some(_), _) => "cron",
        (None, true) => "hand",
        (None, false) => "age",
    }
}

/// The age that no key is to reach; as long as a schedule has that does not say.
fn days_of(schedule: &Value) -> String {
    schedule.find("every_days").unwrap_or_else(|| "90".to_owned())
}

#[derive(Template)]
#[template(path = "rotations/plan.html")]
struct Plan {
    frame: Frame,
    base: String,
    rule: String,
    every_days: String,
    cron: String,
    profile: String,
    notify_email: String,
}

pub(super) fn answer(request: &Request, name: &str, rest: &[&str]) -> Page {
    let base = address(name);
    match rest {
        [] => page(request, name, None, None),
        ["plan"] => plan(request, name, base),
        ["delete"] => delete(request, name, base),
        ["targets", target, act] => targets::answer(request, (name, target), act),
        _ => Err(Refusal::nowhere()),
    }
}

/// The address of a kept credential's page.
pub(super) fn address(name: &str) -> String {
    format!("/console/rotations/kept/{}", segment(name))
}

/// The path of an operation on it.
pub(super) fn path(name: &str, rest: &str) -> String {
    format!("/api/v1/credentials/{}{rest}", segment(name))
}

/// The frame of a page below it.
pub(super) fn below(request: &Request, name: &str, title: &str) -> Frame {
    Frame::of(request, title).below("Rotations", "/console/rotations").below(name, address(name))
}

pub(super) fn page(
    request: &Request,
    name: &str,
    wrong: Option<Refusal>,
    looked: Option<(String, bool, String)>,
) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let credential = request.get(&path(name, ""))?;
    let targets = request.get(&path(name, "/targets"));
    let targets = targets.map(|found| found.list("targets").to_vec()).map_err(|refusal| refusal.message);
    let frame = Frame::of(request, name)
        .below("Rotations", "/console/rotations")
        .wrong(wrong)
        .help(
            "Consumers fetch the key themselves; to a target Keystead brings it. A rotation that is due begins by itself, \
             and waits for everybody who has to have the new key.",
        )
        .twin(format!("keystead managed show {name}"), format!("GET {}", path(name, "")));
    let (base, name) = (address(name), name.to_owned());
    show_with(status, &Kept { frame, base, name, credential, targets, looked })
}

fn plan(request: &Request, name: &str, base: String) -> Page {
    let credential = request.get(&path(name, ""))?;
    let mut wrong = None;
    if request.is_post {
        match change(request, name, credential.at("schedule")) {
            Ok(()) => return go(&base, "saved"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let schedule = credential.at("schedule");
    let shown = |field: &str, held: String| {
        if request.is_post { request.form.get(field).to_owned() } else { held }
    };
    let frame = below(request, name, "Plan")
        .wrong(wrong)
        .help(
            "By age a rotation begins early enough for the old key to be gone in time. Not all credentials begin in the \
             same minute: each is moved a little, and always by as much.",
        )
        .twin(format!("keystead managed schedule {name} --every-days 90"), format!("PUT {}", path(name, "")));
    let plan = Plan {
        frame,
        base,
        rule: shown("rule", rule_of(schedule).to_owned()),
        every_days: shown("every_days", days_of(schedule)),
        cron: shown("cron", schedule.text("cron")),
        profile: shown("profile", credential.text("profile")),
        notify_email: shown("notify_email", credential.text("notify_email")),
    };
    show_with(status, &plan)
}

/// What the form does not show of the rule, how early and within how many minutes, stays as it was set.
fn change(request: &Request, name: &str, held: &Value) -> Result<(), Refusal> {
    let form = &request.form;
    let mut schedule = held.as_object().cloned().unwrap_or_default();
    let schedule = match form.get("rule") {
        "hand" => Value::Null,
        "cron" => {
            schedule.retain(|member, _| member == "jitter_minutes");
            schedule.insert("cron".to_owned(), form.get("cron").into());
            Value::Object(schedule)
        }
        _ => {
            let days: u32 = form
                .get("every_days")
                .parse()
                .map_err(|_| Refusal::of_form("Nothing was changed: the age is a whole number of days."))?;
            schedule.retain(|member, early| {
                member == "jitter_minutes"
                    || (member == "early_days" && early.as_u64().is_some_and(|early| early < u64::from(days)))
            });
            schedule.insert("every_days".to_owned(), days.into());
            Value::Object(schedule)
        }
    };
    let email = form.find("notify_email").map_or(Value::Null, Value::from);
    let input = json!({ "schedule": schedule, "profile": form.get("profile"), "notify": { "email": email } });
    request.rest("PUT", &path(name, ""), input).map(drop)
}

fn delete(request: &Request, name: &str, base: String) -> Page {
    let credential = request.get(&path(name, ""))?;
    let frame = below(request, name, "Keep it no more")
        .help(
            "Keystead forgets the key, its consumers and its targets. The key itself works on as it does now, and nobody \
             rotates it any more.",
        )
        .twin(format!("keystead managed delete {name}"), format!("DELETE {}", path(name, "")));
    let what = format!(
        "Keystead keeps {name} no more. The key {} works on wherever it is.",
        credential.text("access_key_id")
    );
    Confirm::new(frame, what, "Keep it no more", base).typed(name, format!("the name {name}")).or_do(
        request,
        || {
            request.rest("DELETE", &path(name, ""), json!({}))?;
            go("/console/rotations", "credential-forgotten")
        },
    )
}
