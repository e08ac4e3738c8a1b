//! Users: the list, one user with its security credentials, permissions, groups and tags, making and deleting one.

mod create;
mod delete;
mod groups;
mod list;

use crate::console::answer::{Page, Refusal};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::pages::permissions::{self, Grantee};
use crate::console::pages::security_credentials::{self, Owner};
use crate::console::pages::tags;
use crate::console::visit::Request;

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list::answer(request),
        ["new"] => create::answer(request),
        [name] => security_credentials::answer(request, &Owner::user(name), &[]),
        [name, "delete"] => delete::answer(request, name),
        [name, "permissions", rest @ ..] => permissions::answer(request, &Grantee::user(name), rest),
        [name, "groups", rest @ ..] => groups::answer(request, name, rest),
        [name, "tags"] => tags::answer(request, &tags::Tagged::user(name)),
        [name, rest @ ..] => security_credentials::answer(request, &Owner::user(name), rest),
    }
}

/// The address of a user's page.
pub(super) fn address(name: &str) -> String {
    format!("/console/users/{}", segment(name))
}

/// The frame of a page below a user.
fn frame(request: &Request, name: &str, title: &str) -> Frame {
    Frame::of(request, title).below("Users", "/console/users").below(name, address(name))
}

/// There is no user of that name: said as such, before anything is shown about it.
pub(super) fn check(request: &Request, name: &str) -> Result<serde_json::Value, Refusal> {
    request.query("GetUser", &[("UserName", name)]).map(|answer| answer["User"].clone())
}
