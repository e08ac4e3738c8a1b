//! A forgotten password. Root users ask for a link by e-mail, after a challenge; what is said is the same whether
//! there is such an address, and is said before any letter is sent. The page behind a link sets the password.

use askama::Template;
use keystead_authority::challenge::{self, Challenge};
use keystead_authority::password_reset;
use serde_json::json;

use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "forgot_password/ask.html")]
struct Ask {
    frame: Frame,
    email: String,
    challenge: Challenge,
}

#[derive(Template)]
#[template(path = "forgot_password/sent.html")]
struct Sent {
    frame: Frame,
    email: String,
}

#[derive(Template)]
#[template(path = "forgot_password/no_access.html")]
struct NoAccess {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "forgot_password/sign_out_first.html")]
struct SignOutFirst {
    frame: Frame,
    name: String,
}

#[derive(Template)]
#[template(path = "forgot_password/reset.html")]
struct Reset {
    frame: Frame,
}

pub(super) fn answer(request: &Request, segments: &[&str]) -> Option<Page> {
    Some(match segments {
        ["forgot-password"] => forgotten(request),
        ["forgot-password", "no-access"] => {
            show(&NoAccess { frame: Frame::of(request, "No access to the e-mail address") })
        }
        ["reset-password", token] => reset(request, token),
        _ => return None,
    })
}

fn forgotten(request: &Request) -> Page {
    if let Some(visitor) = request.visitor.as_ref().filter(|visitor| !visitor.principal.is_root()) {
        let name = visitor.principal.name.to_string();
        return show(&SignOutFirst { frame: Frame::of(request, "Sign out first"), name });
    }
    if !request.is_post {
        return ask(request, None);
    }
    let form = &request.form;
    let (sealed, given) = (form.get("challenge"), form.get("answer"));
    if !challenge::is_answered(&request.gate, sealed, given, request.now())? {
        return ask(
            request,
            Some(Refusal::of_form("That is not what the picture shows. Here is another one.")),
        );
    }
    let email = form.get("email").to_owned();
    password_reset::send_to_root(&request.gate, &email, request.now())?;
    show(&Sent { frame: Frame::of(request, "Look into your mailbox"), email })
}

fn ask(request: &Request, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let challenge = challenge::draw(&request.gate, request.now())?;
    let email =
        request.form.find("email").or_else(|| request.query.find("email")).unwrap_or_default().to_owned();
    let frame = Frame::of(request, "Forgotten root password").wrong(wrong);
    show_with(status, &Ask { frame, email, challenge })
}

fn reset(request: &Request, token: &str) -> Page {
    let mut wrong = None;
    if request.is_post {
        match set(request, token) {
            Ok(address) => return go(&address, "password-reset"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    show_with(status, &Reset { frame: Frame::of(request, "Set a password").wrong(wrong) })
}

/// Sets the password and gives the address to sign in at.
fn set(request: &Request, token: &str) -> Result<String, Refusal> {
    let (new, again) = (request.form.raw("new"), request.form.raw("again"));
    if new != again {
        return Err(Refusal::of_form("The password was typed differently the second time."));
    }
    let done = request.bear("/api/v1/password-reset", &json!({ "token": token, "new_password": new }))?;
    Ok(match done.find("user_name") {
        Some(_) => format!("/console/signin/{}", done.text("account_id")),
        None => "/console/signin?kind=root".to_owned(),
    })
}
