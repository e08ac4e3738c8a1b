//! The address of the root user, who signs in with it and is sent the way back in.

use askama::Template;
use serde_json::json;

use super::Owner;
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "security_credentials/root_email.html")]
struct RootEmail {
    frame: Frame,
    base: String,
    email: String,
}

pub(super) fn answer(request: &Request, of: &Owner) -> Page {
    if !of.is_root(request) {
        return Err(Refusal::nowhere());
    }
    let form = &request.form;
    let mut wrong = None;
    if request.is_post {
        let input = json!({ "email": form.get("email"), "password": form.raw("password") });
        match request.rest("PUT", "/api/v1/root/email", input) {
            Ok(_) => return go(&of.base, "root-email-changed"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = of
        .frame(request, "Change e-mail address")
        .wrong(wrong)
        .help(
            "The root user signs in with this address, and a forgotten password is reset by a letter to it. Use one that \
             several people of yours can read.",
        )
        .twin("keystead root email NEW-ADDRESS", "PUT /api/v1/root/email");
    show_with(status, &RootEmail { frame, base: of.base.clone(), email: form.get("email").to_owned() })
}
