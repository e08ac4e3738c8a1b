//! The second thing, after the password: the code of an MFA device, or a passkey.

use askama::Template;
use keystead_authority::passkey::{self, Asked, Whose};
use keystead_authority::sign_in::{check_code, has_code};

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
    /// Whether one of the devices shows codes.
    has_code: bool,
    /// For the browser, where one of them is a passkey of this site.
    passkey: Option<Asked>,
}

pub(super) fn ask(request: &Request, step: &Step, refused: Option<Refusal>) -> Page {
    let status = refused.as_ref().map_or(200, |refused| refused.status);
    let principal = step.principal(request)?;
    let whose = Whose { owner: &principal, within: &step.id };
    let page = Code {
        frame: Frame::of(request, "Multi-factor authentication").wrong(refused),
        step: step.seal(request)?,
        has_code: has_code(&request.gate, &principal)?,
        passkey: passkey::ask(&request.gate, whose, request.site(), request.now())?,
    };
    show_with(status, &page)
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

/// The answer of a browser to what the page asked it.
pub(super) fn answer_passkey(request: &Request) -> Page {
    let mut step = Step::open(request)?;
    let principal = step.principal(request)?;
    let (ceremony, credential) = (request.form.get("ceremony"), request.form.raw("credential"));
    let whose = Whose { owner: &principal, within: &step.id };
    if !passkey::is_answered(&request.gate, whose, ceremony, credential, request.now())? {
        return ask(request, &step, Some(wrong()));
    }
    step.has_code = true;
    go_on(request, step)
}
