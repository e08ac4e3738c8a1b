//! The tags of a user or role: what policies can ask for.

use askama::Template;
use serde_json::Value;

use super::{roles, users};
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// What has tags.
pub(super) struct Tagged<'t> {
    name: &'t str,
    kind: &'static str,
    list: (&'static str, &'static str),
    base: String,
}

impl<'t> Tagged<'t> {
    pub(super) fn user(name: &'t str) -> Self {
        Self { name, kind: "User", list: ("Users", "/console/users"), base: users::address(name) }
    }

    pub(super) fn role(name: &'t str) -> Self {
        Self { name, kind: "Role", list: ("Roles", "/console/roles"), base: roles::address(name) }
    }

    fn member(&self) -> String {
        format!("{}Name", self.kind)
    }
}

#[derive(Template)]
#[template(path = "tags.html")]
struct Tags {
    frame: Frame,
    base: String,
    is_user: bool,
    tags: Vec<Value>,
    key: String,
    value: String,
}

pub(super) fn answer(request: &Request, of: &Tagged<'_>) -> Page {
    if !request.is_post {
        return page(request, of, None);
    }
    let (form, member) = (&request.form, of.member());
    let done = if form.has("remove") {
        let given = [(member.as_str(), of.name), ("TagKeys.member.1", form.get("remove"))];
        request.query(&format!("Untag{}", of.kind), &given)
    } else {
        let given = [
            (member.as_str(), of.name),
            ("Tags.member.1.Key", form.get("key")),
            ("Tags.member.1.Value", form.get("value")),
        ];
        request.query(&format!("Tag{}", of.kind), &given)
    };
    match done {
        Ok(_) => go(&format!("{}/tags", of.base), "tags-saved"),
        Err(refusal) => page(request, of, Some(refusal)),
    }
}

fn page(request: &Request, of: &Tagged<'_>, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let tags = request.query_all(&format!("List{}Tags", of.kind), &[(&of.member(), of.name)], "Tags")?;
    let kind = of.kind.to_lowercase();
    let frame = Frame::of(request, "Tags")
        .below(of.list.0, of.list.1)
        .below(of.name, of.base.clone())
        .wrong(wrong)
        .help("Tags are pairs of a key and a value that policies can ask for. A key that is there is given another value.")
        .twin(
            format!("aws iam list-{kind}-tags --{kind}-name {}", of.name),
            format!("POST / Action=List{}Tags&{}={}", of.kind, of.member(), of.name),
        );
    let (key, value) = (request.form.get("key").to_owned(), request.form.get("value").to_owned());
    show_with(status, &Tags { frame, base: of.base.clone(), is_user: of.kind == "User", tags, key, value })
}
