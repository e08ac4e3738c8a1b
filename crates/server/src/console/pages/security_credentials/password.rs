//! The console password: one's own by knowing the present one, another user's by setting one to be changed at the
//! next sign-in. Setting a password ends every session that its owner has.

use askama::Template;
use keystead_core::rng::BASE62;
use serde_json::{Value, json};

use super::Owner;
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

/// Something of each kind that a password policy may ask for, after what makes a drawn password good.
const OF_EACH_KIND: &str = "-aA7";

#[derive(Template)]
#[template(path = "security_credentials/change_password.html")]
struct Change {
    frame: Frame,
    base: String,
    is_root: bool,
}

#[derive(Template)]
#[template(path = "security_credentials/set_password.html")]
struct Set {
    frame: Frame,
    base: String,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "security_credentials/password_set.html")]
struct Shown {
    frame: Frame,
    base: String,
    name: String,
    password: String,
    sign_in: String,
}

#[derive(Template)]
#[template(path = "security_credentials/password_link.html")]
struct Link {
    frame: Frame,
    base: String,
    name: String,
    link: String,
}

pub(super) fn answer(request: &Request, of: &Owner, rest: &[&str]) -> Page {
    match (rest, &of.name) {
        ([], None) => change(request, of),
        ([], Some(name)) => set(request, of, name),
        (["delete"], Some(name)) => delete(request, of, name),
        _ => Err(Refusal::nowhere()),
    }
}

/// One's own.
fn change(request: &Request, of: &Owner) -> Page {
    let is_root = of.is_root(request);
    let wrong = if request.is_post {
        match replace_own(request, is_root) {
            // Every session of the owner is ended with the old password, this one too.
            Ok(()) => return go("/console/signin", "password-changed"),
            Err(refusal) => Some(refusal),
        }
    } else {
        None
    };
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = of
        .frame(request, "Change password")
        .wrong(wrong)
        .help(
            "Changing your password signs you out everywhere. A long sentence is better than a short riddle.",
        )
        .twin(
            "aws iam change-password --old-password OLD --new-password NEW",
            if is_root { "PUT /api/v1/root/password" } else { "POST / Action=ChangePassword" },
        );
    show_with(status, &Change { frame, base: of.base.clone(), is_root })
}

fn replace_own(request: &Request, is_root: bool) -> Result<(), Refusal> {
    let form = &request.form;
    let (old, new) = (form.raw("old"), form.raw("new"));
    if new != form.raw("again") {
        return Err(Refusal::of_form("The new password was typed differently the second time."));
    }
    if is_root {
        let input = json!({ "password": old, "new_password": new });
        request.rest("PUT", "/api/v1/root/password", input)?;
    } else {
        request.query("ChangePassword", &[("OldPassword", old), ("NewPassword", new)])?;
    }
    Ok(())
}

/// Another user's.
fn set(request: &Request, of: &Owner, name: &str) -> Page {
    let is_new = match request.query("GetLoginProfile", &[("UserName", name)]) {
        Ok(_) => false,
        Err(refusal) if refusal.is_missing() => {
            super::super::users::check(request, name)?;
            true
        }
        Err(refusal) => return Err(refusal),
    };
    let mut wrong = None;
    if request.is_post && request.form.get("kind") == "link" {
        match request.rest("POST", &format!("/api/v1/users/{name}/password-reset"), json!({})) {
            Ok(made) => return show_link(request, of, &made),
            Err(refusal) => wrong = Some(refusal),
        }
    } else if request.is_post {
        let form = &request.form;
        let drawn = form.get("kind") != "typed";
        let password = if drawn { draw(request) } else { form.raw("password").to_owned() };
        let reset = if drawn || form.has("reset") { "true" } else { "false" };
        let action = if is_new { "CreateLoginProfile" } else { "UpdateLoginProfile" };
        let given = [("UserName", name), ("Password", password.as_str()), ("PasswordResetRequired", reset)];
        match request.query(action, &given) {
            Ok(_) if drawn => return shown(request, of, name, password),
            Ok(_) => return go(&of.base, "password-set"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let title = if is_new { "Give a console password" } else { "Reset the console password" };
    let verb = if is_new { "create" } else { "update" };
    let frame = of
        .frame(request, title)
        .wrong(wrong)
        .help("Another password ends every session that the user has. The user sets one of its own at the next sign-in.")
        .twin(
            format!("aws iam {verb}-login-profile --user-name {name} --password PASSWORD --password-reset-required"),
            if is_new { "POST / Action=CreateLoginProfile" } else { "POST / Action=UpdateLoginProfile" },
        );
    show_with(status, &Set { frame, base: of.base.clone(), is_new })
}

fn draw(request: &Request) -> String {
    format!("{}{OF_EACH_KIND}", request.gate.rng().text(20, BASE62))
}

/// The one page that shows a drawn password.
fn shown(request: &Request, of: &Owner, name: &str, password: String) -> Page {
    let frame = of.frame(request, "Password set").help(
        "The password is shown nowhere again, and is good for one sign-in, at which another one is set.",
    );
    let place = frame.who.as_ref().map(|who| who.account.clone()).unwrap_or_default();
    let sign_in = format!("{}/console/signin/{place}", request.gate.page_origin());
    show(&Shown { frame, base: of.base.clone(), name: name.to_owned(), password, sign_in })
}

/// The one page that shows a link.
fn show_link(request: &Request, of: &Owner, made: &Value) -> Page {
    let frame = of.frame(request, "Link made").help(
        "The link is shown nowhere again. It is good once, for a day, and a newer one takes its place.",
    );
    show(&Link { frame, base: of.base.clone(), name: made.text("user_name"), link: made.text("link") })
}

fn delete(request: &Request, of: &Owner, name: &str) -> Page {
    let frame = of
        .frame(request, "Delete the console password")
        .help(
            "Without a password nobody signs in to the console as this user. Access keys go on as they are.",
        )
        .twin(
            format!("aws iam delete-login-profile --user-name {name}"),
            format!("POST / Action=DeleteLoginProfile&UserName={name}"),
        );
    let what = format!("{name} can sign in to the console no more, and every session it has ends at once.");
    Confirm::new(frame, what, "Delete password", of.base.clone()).or_do(request, || {
        request.query("DeleteLoginProfile", &[("UserName", name)])?;
        go(&of.base, "password-deleted")
    })
}
