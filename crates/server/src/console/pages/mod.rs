//! The pages, by the first part of their address. Each part of the console is a file or folder here and takes the
//! rest of the address.

pub(crate) mod confirm;
mod home;
mod sign_in;
mod users;
pub(crate) mod wrong;

use super::answer::{Answer, Page, Refusal};
use super::door::segment;
use super::visit::Request;

/// The page at a request's address.
pub(crate) fn answer(request: &Request) -> Page {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    if let Some(page) = sign_in::answer(request, &segments) {
        return page;
    }
    if request.visitor.is_none() {
        return Ok(Answer::Go(format!("/console/signin?next={}", segment(&request.address))));
    }
    match segments.split_first() {
        None => home::answer(request),
        Some((&"users", rest)) => users::answer(request, rest),
        _ => Err(Refusal::nowhere()),
    }
}
