//! The code of an MFA device, after the password.

use askama::Template;
use keystead_authority::sign_in::check_code;

use super::step::Step;
use super::{go_on, wrong};
use crate::console::answer::{Page, Refusal, show_with};
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct Code {
    frame: Frame,
    step: String,
}

pub(super) fn ask(request: &Request, step: &Step, refused: Option<Refusal>) -> Page {
    let status = refused.as_ref().map_or(200, |refused| refused.status);
    let step = step.seal(request)?;
    show_with(status, &Code { frame: Frame::of(request, "Multi-factor authentication").wrong(refused), step })
}

pub(super) fn answer(request: &Request) -> Page {
    let mut step = Step::open(request)?;
    let principal = step.principal(request)?;
    if !check_code(&request.gate, &principal, request.form.get("code"), request.now())? {
        return ask(request, &step, Some(wrong()));
    }
    step.has_code = true;
    go_on(request, step)
}
