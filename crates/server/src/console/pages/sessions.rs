//! Who is signed in: with this browser, where one switches between them; and one's own sessions everywhere, which one
//! ends.

use askama::Template;
use keystead_gate::console::Visitor;
use keystead_store::console_sessions::ConsoleSession;

use crate::console::answer::{Answer, Page, Refusal, go, show};
use crate::console::door::session_cookie;
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "sessions/show.html")]
struct Sessions {
    frame: Frame,
    /// Whoever is signed in with this browser, the one that acts first: session id, name, account.
    here: Vec<(String, String, String)>,
    sessions: Vec<ConsoleSession>,
    own_id: String,
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => page(request),
        ["switch"] if request.is_post => switch(request),
        ["end"] if request.is_post => end(request),
        ["end-all"] if request.is_post => end_all(request),
        _ => Err(Refusal::nowhere()),
    }
}

/// Tokens of this browser and whose they are.
fn here(request: &Request) -> Result<Vec<(String, Visitor)>, Refusal> {
    let mut found = Vec::new();
    for token in &request.tokens {
        if let Some(visitor) = request.gate.find_visitor(token, request.now())? {
            found.push((token.clone(), visitor));
        }
    }
    Ok(found)
}

fn page(request: &Request) -> Page {
    let visitor = request.visitor()?;
    let here = here(request)?.into_iter().map(|(_, other)| {
        let principal = other.principal;
        let name = if principal.is_root() { "Root user".to_owned() } else { principal.name.to_string() };
        (other.session.id, name, principal.account.to_string())
    });
    let frame = Frame::of(request, "My sessions")
        .help("A session ends after twelve hours, after an hour without a page, and with your password.")
        .twin("keystead sessions revoke --user NAME", "POST /api/v1/sessions/revoke");
    show(&Sessions {
        frame,
        here: here.collect(),
        sessions: request.gate.list_console_sessions(visitor, request.now())?,
        own_id: visitor.session.id.clone(),
    })
}

/// Has somebody else of this browser act.
fn switch(request: &Request) -> Page {
    let wanted = request.form.get("session");
    let (mut first, others): (Vec<_>, Vec<_>) =
        here(request)?.into_iter().partition(|(_, visitor)| visitor.session.id == wanted);
    if first.is_empty() {
        return Err(Refusal::of_form("That session has ended. Sign in again."));
    }
    first.extend(others);
    let tokens: Vec<String> = first.into_iter().map(|(token, _)| token).collect();
    let cookie = session_cookie(request.visit.secure, &tokens);
    Ok(Answer::WithCookies(Box::new(Answer::Go("/console".to_owned())), vec![cookie]))
}

fn end(request: &Request) -> Page {
    let visitor = request.visitor()?;
    let id = request.form.get("session");
    if !request.gate.end_console_session(visitor, id)? {
        return Err(Refusal::of_form("That session has ended already."));
    }
    if id == visitor.session.id {
        return go("/console/signin", "signed-out");
    }
    go("/console/sessions", "session-ended")
}

fn end_all(request: &Request) -> Page {
    request.gate.end_console_sessions(request.visitor()?)?;
    let left = request.tokens.get(1..).unwrap_or_default();
    let cookie = session_cookie(request.visit.secure, left);
    let answer = go("/console/signin", "signed-out-everywhere")?;
    Ok(Answer::WithCookies(Box::new(answer), vec![cookie]))
}
