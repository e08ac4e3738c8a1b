//! The list of users.

use askama::Template;
use serde_json::{Value, json};

use crate::console::answer::{Page, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "users/list.html")]
struct List {
    frame: Frame,
    users: Vec<Value>,
    begins: String,
    next: Option<String>,
}

pub(super) fn answer(request: &Request) -> Page {
    let begins = request.query.get("begins").to_owned();
    let (users, next) = list(request, &begins)?;
    let frame = Frame::of(request, "Users")
        .help(
            "A user is a person or an application of this account, with credentials and permissions of its own. \
             Give people a password and an MFA device, and applications a role or workload before an access key.",
        )
        .twin("aws iam list-users", "POST / Action=ListUsers&Version=2010-05-08");
    show(&List { frame, users, begins, next })
}

/// A page of users, by IAM's own list where nothing is looked for.
fn list(
    request: &Request,
    begins: &str,
) -> Result<(Vec<Value>, Option<String>), crate::console::answer::Refusal> {
    let after = request.query.get("after");
    if !begins.is_empty() {
        let mut input = json!({ "kind": "user", "begins": begins, "limit": "50" });
        if !after.is_empty() {
            input["after"] = after.into();
        }
        let found = request.rest("GET", "/api/v1/identities", input)?;
        let shown = found.list("identities").iter().map(|user| {
            json!({ "UserName": user.text("name"), "Path": user.text("path"), "CreateDate": user.text("created_at") })
        });
        let next = found.find("next");
        let next =
            next.map(|next| format!("/console/users?begins={}&after={}", segment(begins), segment(&next)));
        return Ok((shown.collect(), next));
    }
    let mut given = vec![("MaxItems", "50")];
    if !after.is_empty() {
        given.push(("Marker", after));
    }
    let answer = request.query("ListUsers", &given)?;
    let next = answer.find("Marker").filter(|_| answer.is("IsTruncated"));
    let next = next.map(|marker| format!("/console/users?after={}", segment(&marker)));
    Ok((answer.list("Users").to_vec(), next))
}
