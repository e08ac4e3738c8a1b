//! Another password, where the present one may only be used to set one.

use askama::Template;
use keystead_authority::sign_in::{self, Standing};
use keystead_aws::error::Fault;
use keystead_gate::console::SignIn;

use super::step::Step;
use super::{go_on, wrong};
use crate::console::answer::{Page, Refusal, show_with};
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "sign_in/new_password.html")]
struct NewPassword {
    frame: Frame,
    step: String,
    is_expired: bool,
}

pub(super) fn ask(request: &Request, step: &Step, refused: Option<Refusal>) -> Page {
    let status = refused.as_ref().map_or(200, |refused| refused.status);
    let is_expired = step.standing == Standing::Expired;
    let step = step.seal(request)?;
    show_with(
        status,
        &NewPassword { frame: Frame::of(request, "Set a new password").wrong(refused), step, is_expired },
    )
}

pub(super) fn answer(request: &Request) -> Page {
    let mut step = Step::open(request)?;
    let principal = step.principal(request)?;
    // The form alone is not enough where a code is asked for.
    if !step.has_code && sign_in::needs_second_factor(&request.gate, &principal)? {
        return Err(wrong());
    }
    if let Err(refusal) = replace(request, &step) {
        return ask(request, &step, Some(refusal));
    }
    let version = sign_in::password_version(&request.gate, &principal)?;
    step.password_version = version.ok_or_else(|| Fault::internal("a password was set and is not there"))?;
    step.standing = Standing::Good;
    go_on(request, step)
}

fn replace(request: &Request, step: &Step) -> Result<(), Refusal> {
    let form = &request.form;
    let (old, new) = (form.raw("old"), form.raw("new"));
    if new != form.raw("again") {
        return Err(Refusal::of_form("The new password was typed differently the second time."));
    }
    let principal = step.principal(request)?;
    let begun = SignIn { principal: &principal, password_version: step.password_version, mfa: step.has_code };
    let visitor = request.gate.visitor_without_session(&begun, &request.visit)?;
    let given = [("OldPassword", old), ("NewPassword", new)];
    request.query_as(
        &visitor,
        "ChangePassword",
        &given.map(|(name, value)| (name.to_owned(), value.to_owned())),
    )?;
    Ok(())
}
