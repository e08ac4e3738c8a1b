//! Stored credentials: values under names that inputs select. Those generated for connected clouds stand apart, and
//! are shown where they are asked for.

mod list;
mod one;
mod write;

use crate::console::answer::{Page, Refusal};
use crate::console::frame::Frame;
use crate::console::visit::Request;

/// Where they are listed.
const CREDENTIALS: &str = "/console/credentials";

/// The path of an operation on a credential.
fn path(name: &str, rest: &str) -> Result<String, Refusal> {
    if name.contains('/') {
        return Err(Refusal::nowhere());
    }
    Ok(format!("/api/v1/stored-credentials/{name}{rest}"))
}

/// The address of a credential's page.
pub(super) fn address(name: &str) -> String {
    super::named(CREDENTIALS, name)
}

/// The frame of a page below the list.
fn below(request: &Request, title: impl Into<String>) -> Frame {
    Frame::of(request, title).below("Credentials", CREDENTIALS)
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list::answer(request),
        ["new"] => write::create(request),
        [name] | [name, "details"] => one::show(request, name, None),
        [name, "edit"] => write::edit(request, name),
        [name, "reveal"] => one::reveal(request, name),
        [name, "delete"] => one::delete(request, name),
        [name, "restore"] if request.is_post => one::restore(request, name),
        [name, "grant"] if request.is_post => one::grant(request, name, "POST", "credential-granted"),
        [name, "revoke"] if request.is_post => one::grant(request, name, "DELETE", "grant-taken-back"),
        _ => Err(Refusal::nowhere()),
    }
}
