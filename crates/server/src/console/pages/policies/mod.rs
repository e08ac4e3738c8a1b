//! Managed policies: the list, one with its versions, an editor that says where a mistake is, the simulator, and who
//! can do something.

mod editor;
mod list;
mod one;
mod simulate;
mod who_can;

pub(super) use editor::{EMPTY, Editor, unescape};
pub(super) use list::search;

use crate::console::answer::{Page, Refusal};
use crate::console::visit::Request;

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list::answer(request),
        ["new"] => one::create(request),
        ["show"] => one::answer(request),
        ["edit"] => one::edit(request),
        ["version"] => one::version(request),
        ["delete"] => one::delete(request),
        ["simulate"] => simulate::answer(request),
        ["who-can"] => who_can::answer(request),
        _ => Err(Refusal::nowhere()),
    }
}
