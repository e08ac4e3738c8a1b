//! Leaked keys: what was reported, what a key reached, and the answer. Honey keys, which are in [`honey`], beside them.

use askama::Template;
use serde_json::{Value, json};

use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::pages::honey;
use crate::console::time;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "leaks/list.html")]
struct List {
    frame: Frame,
    reports: Vec<Value>,
    honey: Option<Vec<Value>>,
}

#[derive(Template)]
#[template(path = "leaks/show.html")]
struct Show {
    frame: Frame,
    report: Value,
    answer: Value,
    base: String,
}

#[derive(Template)]
#[template(path = "leaks/report.html")]
struct Report {
    frame: Frame,
    ids: String,
    url: String,
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request),
        ["report"] => report(request),
        ["honey-keys", rest @ ..] => honey::answer(request, rest),
        [id] => one(request, id),
        [id, "respond"] => respond(request, id),
        _ => Err(Refusal::nowhere()),
    }
}

fn list(request: &Request) -> Page {
    let reports = request.get("/api/v1/leak-reports")?.list("leak_reports").to_vec();
    let honey = request.get("/api/v1/honey-keys").ok().map(|keys| keys.list("honey_keys").to_vec());
    let frame = Frame::of(request, "Leaks")
        .help("A key that was seen where it should not be. Containing it ends its sessions and switches it off; rotating it first interrupts nobody.")
        .twin("keystead leak list", "GET /api/v1/leak-reports");
    show(&List { frame, reports, honey })
}

fn one(request: &Request, id: &str) -> Page {
    let answer = request.get(&format!("/api/v1/leak-reports/{}", segment(id)))?;
    let report = answer.clone();
    let frame = Frame::of(request, format!("Leak of {}", report.text("access_key_id")))
        .below("Leaks", "/console/leaks")
        .help("What the key could do, what was done with it since it was exposed, and what to do about it.")
        .twin(format!("keystead leak show {id}"), format!("GET /api/v1/leak-reports/{id}"));
    show(&Show { frame, report, answer, base: format!("/console/leaks/{id}") })
}

fn respond(request: &Request, id: &str) -> Page {
    let answer = request.get(&format!("/api/v1/leak-reports/{}", segment(id)))?;
    let key = answer.text("access_key_id");
    let base = format!("/console/leaks/{id}");
    let kind = request.query.get("do");
    let (title, what, input, said) = match kind {
        "contain" => (
            "Contain now",
            format!("{key} is switched off and its sessions end at once. Whoever uses it is interrupted."),
            json!({ "contain": "now" }),
            "leak-contained",
        ),
        "rotate" => (
            "Rotate first",
            format!(
                "{key} is replaced as fast as can be and switched off then, so that nobody is interrupted."
            ),
            json!({ "contain": "after_replacement" }),
            "leak-answered",
        ),
        "dismiss" => (
            "Dismiss",
            format!("The report of {key} is closed with your reason. Nothing is done to the key."),
            json!({ "contain": "dismiss", "reason": request.form.get("reason") }),
            "leak-answered",
        ),
        _ => return Err(Refusal::nowhere()),
    };
    let frame = Frame::of(request, title)
        .below("Leaks", "/console/leaks")
        .below(key.clone(), base.clone())
        .help("The answer stands in the audit trail with your name.")
        .twin(format!("keystead leak respond {id}"), format!("POST /api/v1/leak-reports/{id}/response"));
    let mut question = Confirm::new(frame, what, title, base.clone());
    if kind == "dismiss" {
        question = question.ask("reason", "Why it is no leak");
    }
    for used in answer.list("uses").iter().take(8) {
        let who = used.find("consumer").or_else(|| used.find("source_address")).unwrap_or_default();
        if let Some(at) = used.time("last_used_at") {
            let ago = time::relative_text(at, request.now());
            question = question.evidence(format!("{who} used it {ago}."));
        }
    }
    question.or_do(request, || {
        request.rest("POST", &format!("/api/v1/leak-reports/{}/response", segment(id)), input)?;
        go(&base, said)
    })
}

fn report(request: &Request) -> Page {
    let form = &request.form;
    let mut wrong = None;
    if request.is_post {
        let ids: Vec<&str> = form.get("ids").split_whitespace().collect();
        let mut input = json!({ "ids": ids });
        if let Some(url) = form.find("url") {
            input["url"] = url.into();
        }
        match request.rest("POST", "/api/v1/leak-reports", input) {
            Ok(_) => return go("/console/leaks", "leak-reported"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = Frame::of(request, "Report a leaked key")
        .below("Leaks", "/console/leaks")
        .wrong(wrong)
        .help("Whoever finds a key reports it by its id. A report alone switches nothing off: somebody answers it.")
        .twin("keystead leak report --key-id AKIA… --url URL", "POST /api/v1/leak-reports");
    show_with(status, &Report { frame, ids: form.get("ids").to_owned(), url: form.get("url").to_owned() })
}
