//! The simulator: what the policies of a user, group or role, or a document that is not saved yet, say to actions,
//! and which statements decide.

use askama::Template;
use serde_json::Value;

use super::editor::Editor;
use crate::console::answer::{Page, Refusal, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "policies/simulate.html")]
struct Simulate {
    frame: Frame,
    source: String,
    actions: String,
    resources: String,
    context: String,
    editor: Editor,
    results: Option<Vec<Value>>,
}

pub(super) fn answer(request: &Request) -> Page {
    let form = &request.form;
    let given = |name: &str| {
        let typed = if request.is_post { form.raw(name) } else { request.query.get(name) };
        typed.trim().to_owned()
    };
    let (results, wrong) = match request.is_post.then(|| ask(request)) {
        None => (None, None),
        Some(Ok(results)) => (Some(results), None),
        Some(Err(refusal)) => (None, Some(refusal)),
    };
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = Frame::of(request, "Simulate")
        .below("Policies", "/console/policies")
        .wrong(wrong)
        .help("Nobody does anything: the policies are asked as a request would ask them, and say which statement decides.")
        .twin(
            "aws iam simulate-principal-policy --policy-source-arn ARN --action-names ACTION",
            "POST / Action=SimulatePrincipalPolicy",
        );
    show_with(
        status,
        &Simulate {
            frame,
            source: given("source"),
            actions: given("actions"),
            resources: given("resources"),
            context: given("context"),
            editor: Editor::of(&given("document")),
            results,
        },
    )
}

fn ask(request: &Request) -> Result<Vec<Value>, Refusal> {
    let form = &request.form;
    let mut given = Vec::new();
    let mut list = |name: &str, text: &str| {
        for (at, item) in text.split_whitespace().enumerate() {
            given.push((format!("{name}.member.{}", at + 1), item.to_owned()));
        }
    };
    list("ActionNames", form.raw("actions"));
    list("ResourceArns", form.raw("resources"));
    for (at, line) in form.raw("context").lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (key, value) = line
            .split_once('=')
            .ok_or_else(|| Refusal::of_form(format!("Write each context key as key=value: “{line}”.")))?;
        let entry = format!("ContextEntries.member.{}", at + 1);
        given.push((format!("{entry}.ContextKeyName"), key.trim().to_owned()));
        given.push((format!("{entry}.ContextKeyValues.member.1"), value.trim().to_owned()));
        given.push((format!("{entry}.ContextKeyType"), "string".to_owned()));
    }
    let (source, document) = (form.get("source"), form.raw("document").trim());
    if !document.is_empty() {
        given.push(("PolicyInputList.member.1".to_owned(), document.to_owned()));
    }
    let action = match (source, document) {
        ("", "") => {
            return Err(Refusal::of_form("Name whose policies are to be asked, or write a document."));
        }
        ("", _) => "SimulateCustomPolicy",
        (source, _) => {
            given.push(("PolicySourceArn".to_owned(), source.to_owned()));
            "SimulatePrincipalPolicy"
        }
    };
    Ok(request.query_pairs(action, &given)?.list("EvaluationResults").to_vec())
}
