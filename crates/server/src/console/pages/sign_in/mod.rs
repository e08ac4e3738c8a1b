//! Signing in: the entrance, the code of an MFA device or a passkey, another password where one must be set, and signing out.
//!
//! Every refusal of who one is reads alike, whatever was wrong; hints come from what was typed and never from what is
//! known. Between two steps the browser holds what was proved so far, sealed and for five minutes: see [`step`].

mod code;
mod entrance;
mod new_password;
mod step;

use askama::Template;
use keystead_authority::sign_in::{self, KnownDevice, Standing};
use keystead_gate::console::SignIn;

use crate::console::answer::{Answer, Page, Refusal, show_with};
use crate::console::door::session_cookie;
use crate::console::frame::Frame;
use crate::console::visit::Request;
use step::Step;

/// The page once the password is right, where there is something to know before going on.
#[derive(Template)]
#[template(path = "sign_in/notice.html")]
struct Notice {
    frame: Frame,
    sentence: String,
    /// Where to go on; none where there is nothing.
    next: Option<String>,
    /// Whether the password can be changed from here.
    changes: bool,
}

/// The pages that nobody has to be signed in for.
pub(super) fn answer(request: &Request, segments: &[&str]) -> Option<Page> {
    Some(match segments {
        ["signin"] => entrance::answer(request, None),
        ["signin", "code"] if request.is_post => code::answer(request),
        ["signin", "passkey"] if request.is_post => code::answer_passkey(request),
        ["signin", "new-password"] if request.is_post => new_password::answer(request),
        ["signin", place] => entrance::answer(request, Some(place)),
        ["signout"] if request.is_post => leave(request),
        _ => return None,
    })
}

/// What is said to whoever is not let in.
fn wrong() -> Refusal {
    Refusal {
        status: 403,
        code: "SignInFailed".to_owned(),
        message: "Your authentication information is incorrect. Please try again.".to_owned(),
    }
}

/// Where to go once signed in: a page of this console and nothing else.
fn next(request: &Request) -> String {
    let given = request.query.find("next").or_else(|| request.form.find("next"));
    own_page(given.unwrap_or("/console")).unwrap_or("/console").to_owned()
}

/// An address, where it is a page of this console in the plainest spelling.
fn own_page(address: &str) -> Option<&str> {
    let below = address == "/console" || address.starts_with("/console/") || address.starts_with("/console?");
    let plain = address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let stays = !address.contains("//") && !address.split(['/', '?']).any(|part| part == "..");
    (below && plain && stays && !address.starts_with("/console/sign")).then_some(address)
}

/// What is left to do after a step was right: the next step, or the session.
fn go_on(request: &Request, step: Step) -> Page {
    if step.standing == Standing::HardExpired {
        let sentence =
            "Your password has expired, and only an administrator of the account can set another one.";
        let frame = Frame::of(request, "Password expired");
        return show_with(403, &Notice { frame, sentence: sentence.to_owned(), next: None, changes: false });
    }
    let principal = step.principal(request)?;
    if !step.has_code && sign_in::needs_second_factor(&request.gate, &principal)? {
        return code::ask(request, &step, None);
    }
    if matches!(step.standing, Standing::ResetRequired | Standing::Expired) {
        return new_password::ask(request, &step, None);
    }
    enter(request, &step)
}

/// Begins the session. Whoever is signed in with this browser already stays so, save the same principal.
fn enter(request: &Request, step: &Step) -> Page {
    let principal = step.principal(request)?;
    let begun = SignIn { principal: &principal, password_version: step.password_version, mfa: step.has_code };
    let token = request.gate.begin_console_session(&begun, &request.visit)?;
    let mut tokens = vec![token.expose().to_owned()];
    for held in &request.tokens {
        match request.gate.find_visitor(held, request.now())? {
            Some(other) if other.principal.id == principal.id => {
                request.gate.end_console_session(&other, &other.session.id)?;
            }
            Some(_) => tokens.push(held.clone()),
            None => {}
        }
    }
    let device = entrance::device(request).unwrap_or_else(|| KnownDevice::draw(&request.gate));
    device.remember(&request.gate, &principal, request.now())?;
    let secure = request.visit.secure;
    let cookies = vec![session_cookie(secure, &tokens), entrance::device_cookie(secure, &device)];
    let answer = match step.standing {
        Standing::EndsInDays(days) => {
            let sentence = format!(
                "Your password ends in {days} {}. Change it before then, or an administrator has to.",
                if days == 1 { "day" } else { "days" }
            );
            let frame = Frame::of(request, "Your password ends soon");
            show_with(200, &Notice { frame, sentence, next: Some(step.next.clone()), changes: true })?
        }
        _ => Answer::Go(step.next.clone()),
    };
    Ok(Answer::WithCookies(Box::new(answer), cookies))
}

/// Ends the session that acts; whoever else is signed in with this browser goes on.
fn leave(request: &Request) -> Page {
    if let Some(visitor) = &request.visitor {
        request.gate.end_console_session(visitor, &visitor.session.id)?;
    }
    let left = request.tokens.get(1..).unwrap_or_default();
    let cookie = session_cookie(request.visit.secure, left);
    let to =
        if left.is_empty() { "/console/signin?said=signed-out" } else { "/console/sessions?said=signed-out" };
    Ok(Answer::WithCookies(Box::new(Answer::Go(to.to_owned())), vec![cookie]))
}

#[cfg(test)]
mod tests {
    use super::own_page;

    #[test]
    fn c12_only_pages_of_the_console_are_gone_to() {
        for address in ["/console", "/console/users?after=a%2Fb", "/console/users/a%40b/keys/new"] {
            assert_eq!(own_page(address), Some(address));
        }
        for address in [
            "//evil.example",
            "https://evil.example/console/",
            "/console//evil.example",
            "/console/../../evil",
            "/\\evil.example",
            "/console/\\evil",
            "javascript:alert(1)",
            "/consolevil",
            "/console/a\r\nb",
            "",
            "/console/signout",
            " /console",
            "/console/\u{2028}x",
        ] {
            assert_eq!(own_page(address), None, "{address:?}");
        }
    }
}
