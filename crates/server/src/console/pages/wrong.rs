//! The page of what was refused: which sentence, and where to go from there.

use askama::Template;

use crate::console::answer::{Page, Refusal, show_with};
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "wrong.html")]
struct Wrong {
    frame: Frame,
    refusal: Refusal,
}

/// The page of a refusal.
pub(crate) fn page(request: &Request, refusal: Refusal) -> Page {
    let title = match refusal.status {
        404 => "Nothing here",
        403 if refusal.is_denied() => "You may not see this",
        400..500 => "This was not done",
        _ => "Something failed on our side",
    };
    show_with(refusal.status, &Wrong { frame: Frame::of(request, title), refusal })
}
