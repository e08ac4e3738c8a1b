//! Home: what needs the reader, in order.

use askama::Template;

use crate::console::answer::{Page, show};
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
}

pub(super) fn answer(request: &Request) -> Page {
    show(&Home { frame: Frame::of(request, "Home") })
}
