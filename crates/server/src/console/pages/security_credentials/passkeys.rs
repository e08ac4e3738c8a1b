//! A passkey of one's own: made by the browser for the name of this site, and nobody else's to make.

use askama::Template;
use keystead_authority::passkey::{Asked, Whose, begin_making};
use serde_json::json;

use super::Owner;
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "security_credentials/new_passkey.html")]
struct New {
    frame: Frame,
    base: String,
    name: String,
    /// For the browser; or why browsers make none here.
    asked: Result<Asked, String>,
}

pub(super) fn answer(request: &Request, of: &Owner, rest: &[&str]) -> Page {
    let (["new"], None, Some(visitor)) = (rest, &of.name, &request.visitor) else {
        return Err(Refusal::nowhere());
    };
    let mut wrong = None;
    if request.is_post {
        let form = &request.form;
        let input = json!({
            "ceremony": form.get("ceremony"), "credential": form.raw("credential"), "name": form.get("name"),
        });
        match request.rest("POST", "/api/v1/passkeys", input) {
            Ok(_) => return go(&of.base, "mfa-enabled"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    // The session's own key, by which the operation knows the session again.
    let within = visitor.session.access_key_id.to_string();
    let whose = Whose { owner: &visitor.principal, within: &within };
    let asked = begin_making(&request.gate, whose, request.site(), request.now());
    let asked = asked.map_err(|fault| Refusal::from(fault).message);
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let name = request.form.find("name").unwrap_or("passkey").to_owned();
    let frame = of
        .frame(request, "Add a passkey")
        .help(
            "A passkey is asked for at every sign-in, besides the password. It works at this address only, so no false page \
             can have it; keep a second device in a safe place.",
        )
        .twin("", "POST /api/v1/passkeys")
        .wrong(wrong);
    show_with(status, &New { frame, base: of.base.clone(), name, asked })
}
