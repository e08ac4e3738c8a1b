//! The list of managed policies: the account's own, and those that every account has.

use askama::Template;
use serde_json::{Value, json};

use crate::console::answer::{Page, Refusal, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "policies/list.html")]
struct List {
    frame: Frame,
    policies: Vec<Value>,
    begins: String,
    scope: String,
    next: Option<String>,
}

pub(super) fn answer(request: &Request) -> Page {
    let begins = request.query.get("begins").to_owned();
    let scope = request.query.find("scope").unwrap_or("All").to_owned();
    let (policies, next) =
        if begins.is_empty() { page(request, &scope)? } else { (search(request, &begins)?, None) };
    let frame = Frame::of(request, "Policies")
        .help(
            "A policy says which actions on which things are allowed or denied. One is attached to users, groups and \
             roles, and is in force from the very next request.",
        )
        .twin("aws iam list-policies", "POST / Action=ListPolicies");
    show(&List { frame, policies, begins, scope, next })
}

fn page(request: &Request, scope: &str) -> Result<(Vec<Value>, Option<String>), Refusal> {
    let mut given = vec![("Scope", scope), ("MaxItems", "50")];
    if let Some(after) = request.query.find("after") {
        given.push(("Marker", after));
    }
    let answer = request.query("ListPolicies", &given)?;
    let next = answer.find("Marker").filter(|_| answer.is("IsTruncated"));
    let next =
        next.map(|next| format!("/console/policies?scope={}&after={}", segment(scope), segment(&next)));
    Ok((answer.list("Policies").to_vec(), next))
}

/// Policies whose names begin so: up to fifty of the account's own, and those that every account has.
pub(in super::super) fn search(request: &Request, begins: &str) -> Result<Vec<Value>, Refusal> {
    let input = json!({ "kind": "policy", "begins": begins, "limit": "50" });
    let own = request.rest("GET", "/api/v1/identities", input)?;
    let own = own.list("identities").iter().map(|policy| {
        json!({ "PolicyName": policy.text("name"), "Arn": policy.text("arn"), "Path": policy.text("path") })
    });
    let shipped = request.query_all("ListPolicies", &[("Scope", "AWS"), ("MaxItems", "1000")], "Policies")?;
    let folded = begins.to_lowercase();
    let shipped = shipped
        .into_iter()
        .filter(|policy| policy.text("PolicyName").to_lowercase().starts_with(&folded))
        .take(50);
    Ok(own.chain(shipped).collect())
}
