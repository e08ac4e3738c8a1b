//! Users: the list.

use askama::Template;
use keystead_core::Timestamp;
use serde_json::Value;

use crate::console::answer::{Page, Refusal, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "users/list.html")]
struct List {
    frame: Frame,
    users: Vec<User>,
    begins: String,
    next: Option<String>,
}

struct User {
    name: String,
    segment: String,
    path: String,
    created: Option<Timestamp>,
    password_used: Option<Timestamp>,
}

impl User {
    fn read(user: &Value) -> Self {
        let name = user.text("UserName");
        Self {
            segment: segment(&name),
            name,
            path: user.text("Path"),
            created: user.time("CreateDate"),
            password_used: user.time("PasswordLastUsed"),
        }
    }
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request),
        _ => Err(Refusal::nowhere()),
    }
}

fn list(request: &Request) -> Page {
    let begins = request.query.get("begins").to_owned();
    let marker = request.query.get("after");
    let mut given = vec![("MaxItems", "50")];
    if !marker.is_empty() {
        given.push(("Marker", marker));
    }
    let answer = request.query("ListUsers", &given)?;
    let next = answer
        .find("Marker")
        .filter(|_| answer.is("IsTruncated"))
        .map(|marker| format!("/console/users?after={}", segment(&marker)));
    let frame = Frame::of(request, "Users")
        .help("Users are the people and applications of this account, each with credentials of its own.")
        .twin("aws iam list-users", "POST / Action=ListUsers&Version=2010-05-08");
    show(&List { frame, users: answer.list("Users").iter().map(User::read).collect(), begins, next })
}
