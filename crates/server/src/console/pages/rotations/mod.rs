//! Rotations: the list, beginning one, and one as it goes, with exactly the buttons for what it takes now. What is kept
//! and its plan are in [`kept`], times of rest in [`freezes`].

mod command;
mod freezes;
mod kept;
mod list;
mod one;
mod start;
mod targets;
mod who;

use crate::console::answer::{Page, Refusal};
use crate::console::frame::Frame;
use crate::console::visit::Request;

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list::answer(request),
        ["start"] => start::answer(request),
        ["freezes", rest @ ..] => freezes::answer(request, rest),
        ["kept", name, rest @ ..] => kept::answer(request, name, rest),
        [id] => one::answer(request, id),
        [id, "command"] => command::answer(request, id),
        [id, "who"] => who::answer(request, id),
        [id, "receipt"] => one::receipt(request, id),
        [id, "receipt.json"] => one::receipt_file(request, id),
        _ => Err(Refusal::nowhere()),
    }
}

/// The address of a rotation's page.
fn address(id: &str) -> String {
    format!("/console/rotations/{id}")
}

/// The frame of a page below a rotation.
fn frame(request: &Request, id: &str, credential: &str, title: &str) -> Frame {
    Frame::of(request, title).below("Rotations", "/console/rotations").below(credential, address(id))
}

/// A state in the words of people, and the tag it wears.
pub(super) fn words(state: &str) -> (&str, &'static str) {
    match state {
        "blocked" => ("Waiting for you", "wait"),
        "paused" => ("Held", "wait"),
        "done" => ("Done", "ok"),
        "rolled back" => ("Rolled back", "off"),
        "preflight" => ("Checking", ""),
        "creating" | "staged" => ("Creating", ""),
        "verifying" => ("Verifying", ""),
        "delivering" => ("Delivering", ""),
        "proving" => ("Proving", ""),
        "brownout" => ("Trial switch-off", ""),
        "deactivating" => ("Switching off", ""),
        "watching" => ("Watching", ""),
        "deleting" => ("Deleting", ""),
        other => (other, ""),
    }
}
