//! The groups of a user.

use askama::Template;
use serde_json::Value;

use super::{address, check, frame};
use crate::console::answer::{Page, Refusal, go, show};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "users/groups.html")]
struct Groups {
    frame: Frame,
    name: String,
    base: String,
    groups: Vec<Value>,
    others: Vec<String>,
}

pub(super) fn answer(request: &Request, name: &str, rest: &[&str]) -> Page {
    let base = address(name);
    if !request.is_post {
        return page(request, name, None);
    }
    let group = request.form.get("group");
    let (action, said) = match rest {
        ["add"] => ("AddUserToGroup", "group-joined"),
        ["remove"] => ("RemoveUserFromGroup", "group-left"),
        _ => return Err(Refusal::nowhere()),
    };
    match request.query(action, &[("UserName", name), ("GroupName", group)]) {
        Ok(_) => go(&format!("{base}/groups"), said),
        Err(refusal) => page(request, name, Some(refusal)),
    }
}

fn page(request: &Request, name: &str, wrong: Option<Refusal>) -> Page {
    check(request, name)?;
    let groups = request.query_all("ListGroupsForUser", &[("UserName", name)], "Groups")?;
    let is_in = |other: &String| groups.iter().any(|group| group.text("GroupName") == *other);
    let others = request.query_all("ListGroups", &[], "Groups").unwrap_or_default();
    let others = others.iter().map(|group| group.text("GroupName")).filter(|other| !is_in(other)).collect();
    let frame = frame(request, name, "Groups")
        .wrong(wrong)
        .help("A user has the permissions of every group it is in. Put people into groups and policies onto groups.")
        .twin(
            format!("aws iam list-groups-for-user --user-name {name}"),
            format!("POST / Action=ListGroupsForUser&UserName={name}"),
        );
    show(&Groups { frame, name: name.to_owned(), base: address(name), groups, others })
}
