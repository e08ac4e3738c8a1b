//! The search above every page: an access key's id, or the beginning of a name.

use askama::Template;
use serde_json::json;

use super::{groups, roles, users};
use crate::console::answer::{Answer, Page, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// Things found of one kind: its name, and name and address of each.
struct Kind {
    name: &'static str,
    found: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "find/show.html")]
struct Found {
    frame: Frame,
    asked: String,
    kinds: Vec<Kind>,
}

pub(super) fn answer(request: &Request) -> Page {
    let asked = request.query.get("q").to_owned();
    if let Some(address) = by_key(request, &asked) {
        return Ok(Answer::Go(address));
    }
    let mut kinds = Vec::new();
    if !asked.is_empty() {
        kinds.push(identities(request, &asked, "user", "Users", |name, _| users::address(name)));
        kinds.push(identities(request, &asked, "group", "Groups", |name, _| groups::address(name)));
        kinds.push(identities(request, &asked, "role", "Roles", |name, _| roles::address(name)));
        kinds.push(identities(request, &asked, "policy", "Policies", |_, arn| {
            format!("/console/policies/show?arn={}", segment(arn))
        }));
        kinds.push(listed(
            request,
            &asked,
            "/api/v1/cloud-accounts",
            "cloud_accounts",
            "Clouds",
            "/console/clouds",
        ));
        kinds.push(listed(
            request,
            &asked,
            "/api/v1/stored-credentials",
            "credentials",
            "Credentials",
            "/console/credentials",
        ));
    }
    kinds.retain(|kind| !kind.found.is_empty());
    let mut frame =
        Frame::of(request, "Find").help("Names are found by how they begin, and keys by their whole id.");
    frame.find.clone_from(&asked);
    show(&Found { frame, asked, kinds })
}

/// Whose key it is, for those who may know.
fn by_key(request: &Request, id: &str) -> Option<String> {
    if !id.starts_with("AKIA") {
        return None;
    }
    let owner = request.query("GetAccessKeyLastUsed", &[("AccessKeyId", id)]).ok()?.find("UserName")?;
    Some(users::address(&owner))
}

fn identities(
    request: &Request,
    asked: &str,
    kind: &str,
    name: &'static str,
    address: impl Fn(&str, &str) -> String,
) -> Kind {
    let input = json!({ "kind": kind, "begins": asked, "limit": "20" });
    // Whoever may not look there finds nothing there.
    let answer = request.rest("GET", "/api/v1/identities", input).unwrap_or_default();
    let found = answer.list("identities").iter().map(|found| {
        let (name, arn) = (found.text("name"), found.text("arn"));
        let address = address(&name, &arn);
        (name, address)
    });
    Kind { name, found: found.collect() }
}

fn listed(request: &Request, asked: &str, path: &str, member: &str, name: &'static str, base: &str) -> Kind {
    let answer = request.get(path).unwrap_or_default();
    let folded = asked.to_lowercase();
    let found = answer
        .list(member)
        .iter()
        .map(|found| found.find("name").unwrap_or_else(|| found.text("cloud_account")))
        .filter(|name| name.to_lowercase().starts_with(&folded))
        .take(20)
        .map(|name| {
            let address = format!("{base}/{}", segment(&name));
            (name, address)
        });
    Kind { name, found: found.collect() }
}
