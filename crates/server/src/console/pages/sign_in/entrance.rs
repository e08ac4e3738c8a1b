//! The entrance: root users by e-mail address, IAM users by account, name and password.

use askama::Template;
use keystead_authority::challenge::{self, Challenge};
use keystead_authority::sign_in::{Entry, KnownDevice, Outcome, Who, check_password};
use keystead_aws::error::Fault;
use keystead_core::{AccountId, SecretString};

use super::step::Step;
use super::{go_on, next, wrong};
use crate::console::answer::{Page, Refusal, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::visit::Request;

/// The refusal of whoever has to answer a challenge.
const CHALLENGED: &str = "Challenged";

#[derive(Template)]
#[template(path = "sign_in/entrance.html")]
struct Entrance {
    frame: Frame,
    is_root: bool,
    /// Whether the address names the account.
    is_fixed: bool,
    account: String,
    user: String,
    email: String,
    next: String,
    /// The same, as part of an address.
    next_part: String,
    hint: Option<&'static str>,
    /// What is to be answered besides, where many wrong passwords came from.
    challenge: Option<Challenge>,
    /// Whoever is signed in with this browser.
    signed_in: Vec<String>,
}

pub(super) fn answer(request: &Request, place: Option<&str>) -> Page {
    if !request.is_post {
        return page(request, place, None);
    }
    match prove(request, place) {
        Ok(step) => go_on(request, step),
        Err(refusal) => page(request, place, Some(refusal)),
    }
}

/// The challenge of a page that goes where many wrong passwords came from. A browser with which somebody signed in
/// before may be known to whoever signs in now, so it is asked only once it turns out that it is not.
fn challenge(request: &Request, refused: Option<&Refusal>) -> Result<Option<Challenge>, Refusal> {
    let is_doubted = request.gate.sources().is_doubted(&request.visit.source, request.now());
    let may_be_known = device(request).is_some() && refused.is_none_or(|refused| refused.code != CHALLENGED);
    if !is_doubted || may_be_known {
        return Ok(None);
    }
    Ok(Some(challenge::draw(&request.gate, request.now())?))
}

fn page(request: &Request, place: Option<&str>, refused: Option<Refusal>) -> Page {
    let status = refused.as_ref().map_or(200, |refused| refused.status);
    let asked = if request.is_post { &request.form } else { &request.query };
    let is_root = place.is_none() && asked.get("kind") == "root";
    let hint = refused.as_ref().and_then(|_| hint(request, is_root));
    let challenge = challenge(request, refused.as_ref())?;
    let next = next(request);
    let signed_in = request.tokens.iter().filter_map(|token| {
        let visitor = request.gate.find_visitor(token, request.now()).ok().flatten()?;
        let principal = &visitor.principal;
        let name = if principal.is_root() { "Root user" } else { &*principal.name };
        Some(format!("{name} of {}", principal.account))
    });
    show_with(
        status,
        &Entrance {
            frame: Frame::of(request, "Sign in").wrong(refused),
            is_root,
            is_fixed: place.is_some(),
            account: place.unwrap_or(asked.get("account")).to_owned(),
            user: asked.get("user").to_owned(),
            email: asked.get("email").to_owned(),
            next_part: segment(&next),
            next,
            hint,
            challenge,
            signed_in: signed_in.collect(),
        },
    )
}

/// What helps whoever came in by the wrong door, from what they typed alone.
fn hint(request: &Request, is_root: bool) -> Option<&'static str> {
    let form = &request.form;
    if is_root {
        let is_address = form.get("email").contains('@');
        return (!is_address).then_some(
            "Root users sign in with the e-mail address of the account. If you have a user name, sign in as an IAM user.",
        );
    }
    let looks_like_address = form.get("user").contains('@') && form.get("user").contains('.');
    looks_like_address.then_some(
        "If that is the e-mail address the account was made with, sign in as root user. IAM users sign in with the name \
         their administrator gave them.",
    )
}

/// What came of name and password.
fn prove(request: &Request, place: Option<&str>) -> Result<Step, Refusal> {
    let form = &request.form;
    let account = place.unwrap_or(form.get("account"));
    let who = match form.get("kind") {
        "root" if place.is_none() => Who::Root { email: form.get("email") },
        _ => Who::User { account: find_account(request, account)?, name: form.get("user") },
    };
    let password = SecretString::new(form.raw("password").to_owned());
    let device = device(request);
    let entry = Entry {
        source: &request.visit.source,
        device: device.as_ref(),
        challenge: form.find("challenge").zip(form.find("answer")),
    };
    match check_password(&request.gate, &who, &entry, &password, request.now()).map_err(crowded)? {
        Outcome::Right(known) => Ok(Step::begin(request, &known, next(request))),
        Outcome::Wrong => Err(wrong()),
        Outcome::Challenged => Err(challenged(entry.challenge.is_some())),
    }
}

/// What is said where too many sign in at once.
fn crowded(fault: Fault) -> Refusal {
    if !matches!(fault, Fault::Throttling(_)) {
        return fault.into();
    }
    Refusal {
        status: 503,
        code: "Crowded".to_owned(),
        message: "Too many people are signing in right now. Wait a moment and try again.".to_owned(),
    }
}

/// What is said to whoever has to answer a challenge first. The password was not looked at.
fn challenged(has_answered: bool) -> Refusal {
    let message = if has_answered {
        "That is not what the picture shows. Here is another one."
    } else {
        "Many wrong passwords came from your address, from you or from others behind it. Type the letters in the picture \
         besides, so that we know a person is there."
    };
    Refusal { status: 403, code: CHALLENGED.to_owned(), message: message.to_owned() }
}

/// The account of a number or alias. What nobody has is an account that is not there, which is as dear to ask about.
fn find_account(request: &Request, given: &str) -> Result<AccountId, Refusal> {
    let digits: String = given.chars().filter(|letter| !matches!(letter, '-' | ' ')).collect();
    if let Ok(account) = digits.parse() {
        return Ok(account);
    }
    let alias = given.to_ascii_lowercase();
    let found = request.gate.store().read(|tx| tx.aliases().find_account(&alias).map_err(Fault::from))?;
    Ok(found.map_or_else(|| AccountId::from_number(0), Ok).map_err(Fault::internal)?)
}

/// What the cookie of known devices is called.
fn device_name(secure: bool) -> &'static str {
    if secure { "__Host-keystead-device" } else { "keystead-device" }
}

/// What the browser holds since somebody signed in with it.
pub(super) fn device(request: &Request) -> Option<KnownDevice> {
    let name = device_name(request.visit.secure);
    let held = request.cookies.iter().find(|(of, _)| of == name);
    held.map(|(_, text)| KnownDevice::presented(text))
}

/// The line that has the browser keep it for a year.
pub(super) fn device_cookie(secure: bool, device: &KnownDevice) -> String {
    let (name, flag) = (device_name(secure), if secure { "; Secure" } else { "" });
    let text = device.text().expose();
    format!("{name}={text}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000{flag}")
}
