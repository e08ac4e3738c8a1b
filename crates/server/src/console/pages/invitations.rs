//! Invitations: asking people to become users of the account, and the page at which they do. Nobody has to be signed
//! in for that one: the token of the letter proves them. It never stands in an address that reaches a server, since
//! those are kept in logs: the letter's link holds it behind a `#`, and a form brings it.

use askama::Template;
use serde_json::{Value, json};

use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

const INVITATIONS: &str = "/console/invitations";
/// What is shipped, without the folder it is in.
const ROLES: &str = "arn:aws:iam::aws:policy/keystead/";

#[derive(Template)]
#[template(path = "invitations/list.html")]
struct List {
    frame: Frame,
    invitations: Vec<Row>,
    next: Option<String>,
}

struct Row {
    row: Value,
    segment: String,
    policies: Vec<String>,
}

#[derive(Template)]
#[template(path = "invitations/create.html")]
struct Create {
    frame: Frame,
    email: String,
    policy: String,
    days: String,
    /// The shipped roles: name, what it is for, and whether it is ticked.
    roles: Vec<(&'static str, &'static str, bool)>,
}

#[derive(Template)]
#[template(path = "invitations/accept.html")]
struct Accept {
    frame: Frame,
    token: String,
    user_name: String,
    /// The invitation, once the token was given.
    found: Option<(Value, Vec<String>)>,
    signed_in_as: Option<String>,
    /// The new user: account, name and what to do next.
    made: Option<Value>,
}

#[derive(Template)]
#[template(path = "invitations/request.html")]
struct Ask {
    frame: Frame,
}

/// RightScale's roles, and what their policies say they are for.
const SHIPPED: [(&str, &str); 6] = [
    ("observer", "Sees everything that Keystead keeps but secrets, and changes nothing."),
    (
        "actor",
        "Operates: stored credentials and their use as inputs, workloads, discovery, and rotations under way.",
    ),
    ("designer", "Keeps stored credentials and selects them as inputs, without seeing their values."),
    ("credential_viewer", "Sees the values of stored credentials."),
    ("security_manager", "Reads the audit and who may do what, and says how strong passwords are."),
    (
        "admin",
        "Connects clouds and keeps their credentials, sees the values of stored ones, invites members and gives them \
         these roles.",
    ),
];

/// The pages that nobody has to be signed in for.
pub(super) fn outside(request: &Request, segments: &[&str]) -> Option<Page> {
    match segments {
        ["invitations", "accept"] => Some(accept(request)),
        ["invitations", "request"] => Some(ask(request)),
        _ => None,
    }
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request, None),
        ["new"] => create(request),
        [id, "resend"] if request.is_post => resend(request, id),
        [id, "cancel"] => cancel(request, id),
        _ => Err(Refusal::nowhere()),
    }
}

/// Policies as people call them.
fn called(row: &Value) -> Vec<String> {
    let short = |arn: String| arn.strip_prefix(ROLES).map(str::to_owned).unwrap_or(arn);
    row.texts("policies").into_iter().map(short).collect()
}

fn list(request: &Request, wrong: Option<Refusal>) -> Page {
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let mut input = json!({});
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    let found = request.rest("GET", "/api/v1/invitations", input)?;
    let next = found.find("next").map(|next| format!("{INVITATIONS}?after={}", segment(&next)));
    let row = |row: &Value| Row {
        segment: segment(&row.text("invitation_id")),
        policies: called(row),
        row: row.clone(),
    };
    let frame = Frame::of(request, "Invitations")
        .below("Settings", "/console/settings")
        .wrong(wrong)
        .help(
            "Whoever is invited chooses a name and a password of their own. The link goes to the address alone, and is \
             good once and for six days.",
        )
        .twin("keystead invitation list", "GET /api/v1/invitations");
    let invitations = found.list("invitations").iter().map(row).collect();
    show_with(code, &List { frame, invitations, next })
}

fn create(request: &Request) -> Page {
    let form = &request.form;
    let mut wrong = None;
    if request.is_post {
        let mut policies: Vec<&str> = form.all("role").collect();
        policies.extend(form.find("policy"));
        let mut input = json!({ "email": form.get("email"), "policies": policies });
        let sent = match form.find("days").map(str::parse::<i64>) {
            Some(Err(_)) => Err(Refusal::of_form("The number of days is a whole number.")),
            Some(Ok(days)) => {
                input["temporary_days"] = days.into();
                request.rest("POST", "/api/v1/invitations", input)
            }
            None => request.rest("POST", "/api/v1/invitations", input),
        };
        match sent {
            Ok(_) => return go(INVITATIONS, "invited"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let is_ticked = |role: &str| form.all("role").any(|ticked| ticked == role);
    let frame = Frame::of(request, "Invite by e-mail")
        .below("Settings", "/console/settings")
        .below("Invitations", INVITATIONS)
        .wrong(wrong)
        .help(
            "You can grant what you could attach to a user yourself, and that is asked again when the invitation is \
             accepted. The owner of the account gets a copy without the link.",
        )
        .twin("keystead invitation create ADDRESS --policy observer", "POST /api/v1/invitations");
    let page = Create {
        frame,
        email: form.get("email").to_owned(),
        policy: form.get("policy").to_owned(),
        days: form.get("days").to_owned(),
        roles: SHIPPED.into_iter().map(|(name, what)| (name, what, is_ticked(name))).collect(),
    };
    show_with(code, &page)
}

fn resend(request: &Request, id: &str) -> Page {
    match request.rest("POST", &path(id, "/resend")?, json!({})) {
        Ok(_) => go(INVITATIONS, "invited-again"),
        Err(refusal) => list(request, Some(refusal)),
    }
}

fn path(id: &str, rest: &str) -> Result<String, Refusal> {
    if id.contains('/') {
        return Err(Refusal::nowhere());
    }
    Ok(format!("/api/v1/invitations/{id}{rest}"))
}

fn cancel(request: &Request, id: &str) -> Page {
    let frame = Frame::of(request, "Cancel invitation")
        .below("Settings", "/console/settings")
        .below("Invitations", INVITATIONS)
        .help("The link in the letter is dead from then on. Whoever accepted already stays a user.")
        .twin(format!("keystead invitation cancel {id}"), format!("DELETE /api/v1/invitations/{id}"));
    Confirm::new(frame, "The invitation is taken back.", "Cancel invitation", INVITATIONS).or_do(
        request,
        || {
            request.rest("DELETE", &path(id, "")?, json!({}))?;
            go(INVITATIONS, "invitation-cancelled")
        },
    )
}

/// Whom to ask, for somebody who has no invitation.
fn ask(request: &Request) -> Page {
    show_with(200, &Ask { frame: Frame::of(request, "Request invitation") })
}

/// First the token, then who one wants to be.
fn accept(request: &Request) -> Page {
    let form = &request.form;
    let token = form.get("ticket").to_owned();
    let (mut wrong, mut found, mut made) = (None, None, None);
    if request.is_post {
        match request.bear("/api/v1/invitation", &json!({ "token": token })) {
            Ok(invitation) => found = Some((invitation.clone(), called(&invitation))),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    if found.is_some() && form.has("user_name") {
        match become_user(request, &token) {
            Ok(answer) => made = Some(answer),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let title = match &found {
        Some((invitation, _)) => format!("Invitation for {}", invitation.text("email")),
        None => "Accept an invitation".to_owned(),
    };
    let frame = Frame::of(request, title).wrong(wrong);
    let signed_in_as = frame.who.as_ref().map(|who| who.name.clone());
    let user_name = form.get("user_name").to_owned();
    show_with(code, &Accept { frame, token, user_name, found, signed_in_as, made })
}

fn become_user(request: &Request, token: &str) -> Result<Value, Refusal> {
    let form = &request.form;
    if form.raw("password") != form.raw("again") {
        return Err(Refusal::of_form("The two passwords are not the same. Type them once more."));
    }
    let input = json!({
        "token": token,
        "user_name": form.get("user_name"),
        "password": form.raw("password"),
    });
    request.bear("/api/v1/invitation/accept", &input)
}
