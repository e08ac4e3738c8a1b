//! Signing in: one entrance for root users and IAM users, and signing out.

use askama::Template;
use keystead_authority::mfa::{GivenCode, accept_code};
use keystead_authority::sign_in::{self, Known, Outcome, Standing, Who};
use keystead_aws::error::Fault;
use keystead_core::{AccountId, SecretString, rng};
use keystead_gate::console::SignIn;
use keystead_store::Command;

use crate::console::answer::{Answer, Page, Refusal, show_with};
use crate::console::door::session_cookie;
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Entrance {
    frame: Frame,
    next: String,
}

/// The pages that nobody has to be signed in for.
pub(super) fn answer(request: &Request, segments: &[&str]) -> Option<Page> {
    match segments {
        ["signin"] if request.is_post => Some(enter(request)),
        ["signin"] => Some(entrance(request, None)),
        ["signout"] if request.is_post => Some(leave(request)),
        _ => None,
    }
}

fn entrance(request: &Request, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let next = next(request);
    show_with(status, &Entrance { frame: Frame::of(request, "Sign in").wrong(wrong), next })
}

/// Where to go once signed in: a page of this console and nothing else.
fn next(request: &Request) -> String {
    let given = request.query.find("next").or_else(|| request.form.find("next")).unwrap_or("/console");
    let is_ours = (given == "/console" || given.starts_with("/console/"))
        && !given.contains(['\\', '\r', '\n', '\t'])
        && !given.contains("//");
    if is_ours { given.to_owned() } else { "/console".to_owned() }
}

fn enter(request: &Request) -> Page {
    match prove(request) {
        Ok((known, mfa)) => {
            let begun = SignIn { principal: &known.principal, password_version: known.version, mfa };
            let token = request.gate.begin_console_session(&begun, &request.visit)?;
            let cookie = session_cookie(request.visit.secure, &[token.expose().to_owned()]);
            Ok(Answer::WithCookies(Box::new(Answer::Go(next(request))), vec![cookie]))
        }
        Err(refusal) => entrance(request, Some(refusal)),
    }
}

fn prove(request: &Request) -> Result<(Known, bool), Refusal> {
    let form = &request.form;
    let wrong = || Refusal {
        status: 403,
        code: "SignInFailed".to_owned(),
        message: "Your authentication information is incorrect. Please try again.".to_owned(),
    };
    let given = form.get("account");
    let account: Option<AccountId> = given.parse().ok();
    let who = match form.get("kind") {
        "root" => Who::Root { email: form.get("email") },
        _ => Who::User { account: account.ok_or_else(wrong)?, name: form.get("user") },
    };
    let password = SecretString::new(form.raw("password").to_owned());
    let Outcome::Right(known) = sign_in::check_password(&request.gate, &who, &password, request.now())?
    else {
        return Err(wrong());
    };
    if !matches!(known.standing, Standing::Good | Standing::EndsInDays(_)) {
        return Err(wrong());
    }
    let owner_id = known.principal.id.to_string();
    let account = known.principal.account;
    let devices = request
        .gate
        .store()
        .read(|tx| tx.mfa_devices().list_by_owner(account, &owner_id).map_err(Fault::from))?;
    if devices.is_empty() {
        return Ok((known, false));
    }
    let (code, now, sealer) =
        (form.get("code").to_owned(), request.now(), request.gate.store().sealer().clone());
    let command =
        Command { id: rng::uuid(&**request.gate.rng()), account: Some(account), invocation_id: None };
    let right = request.gate.store().write(command, move |tx| {
        let given = GivenCode { account, owner_id: &owner_id, serial_number: None, code: &code };
        accept_code(tx, &sealer, given, now)
    })?;
    if right { Ok((known, true)) } else { Err(wrong()) }
}

fn leave(request: &Request) -> Page {
    if let Some(visitor) = &request.visitor {
        request.gate.end_console_session(visitor, &visitor.session.id)?;
    }
    let cookie = session_cookie(request.visit.secure, &[]);
    Ok(Answer::WithCookies(Box::new(Answer::Go("/console/signin?said=signed-out".to_owned())), vec![cookie]))
}
