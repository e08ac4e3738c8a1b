//! Roles: the list, one with who may assume it, making, ending its sessions, and deleting it.

use askama::Template;
use keystead_policy::Purpose;
use serde_json::{Value, json};

use super::permissions::{self, Grantee};
use super::policies::{self, Editor};
use super::tags::{self, Tagged};
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "roles/list.html")]
struct List {
    frame: Frame,
    roles: Vec<Value>,
    begins: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "roles/create.html")]
struct Create {
    frame: Frame,
    name: String,
    description: String,
    editor: Editor,
}

#[derive(Template)]
#[template(path = "roles/show.html")]
struct Show {
    frame: Frame,
    role: Value,
    base: String,
    editor: Editor,
}

/// The address of a role's page.
pub(super) fn address(name: &str) -> String {
    format!("/console/roles/{}", segment(name))
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request),
        ["new"] => create(request),
        [name] => one(request, name),
        [name, "permissions", rest @ ..] => permissions::answer(request, &Grantee::role(name), rest),
        [name, "tags"] => tags::answer(request, &Tagged::role(name)),
        [name, "end-sessions"] => end_sessions(request, name),
        [name, "delete"] => delete(request, name),
        _ => Err(Refusal::nowhere()),
    }
}

fn list(request: &Request) -> Page {
    let begins = request.query.get("begins").to_owned();
    let mut input = json!({ "kind": "role", "begins": begins, "limit": "50" });
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    let found = request.rest("GET", "/api/v1/identities", input)?;
    let next = found.find("next");
    let next =
        next.map(|next| format!("/console/roles?begins={}&after={}", segment(&begins), segment(&next)));
    let frame = Frame::of(request, "Roles")
        .help("A role has permissions and no credentials: whoever it trusts assumes it and gets some that end by themselves.")
        .twin("aws iam list-roles", "GET /api/v1/identities?kind=role");
    show(&List { frame, roles: found.list("identities").to_vec(), begins, next })
}

/// A trust policy that lets users and roles of the account assume the role whom their own policies let.
fn trust_of(account: &str) -> String {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
            "Action": "sts:AssumeRole",
        }],
    });
    serde_json::to_string_pretty(&trust).unwrap_or_default()
}

fn create(request: &Request) -> Page {
    let form = &request.form;
    let account = request.visitor()?.principal.account.to_string();
    let text = if request.is_post { form.raw("document").to_owned() } else { trust_of(&account) };
    let (name, description) = (form.get("name"), form.get("description"));
    let mut editor = Editor::for_purpose(&text, Purpose::Trust);
    let mut wrong = None;
    if request.is_post && !form.has("check") {
        let mut given = vec![("RoleName", name), ("AssumeRolePolicyDocument", text.as_str())];
        if !description.is_empty() {
            given.push(("Description", description));
        }
        match request.query("CreateRole", &given) {
            Ok(_) => return go(&address(name), "role-created"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    if request.is_post {
        editor = editor.checked();
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = Frame::of(request, "Create role")
        .below("Roles", "/console/roles")
        .wrong(wrong)
        .help("The trust policy says who may assume the role. What it may do is attached afterwards.")
        .twin(
            "aws iam create-role --role-name NAME --assume-role-policy-document file://trust.json",
            "POST / Action=CreateRole",
        );
    show_with(status, &Create { frame, name: name.to_owned(), description: description.to_owned(), editor })
}

fn one(request: &Request, name: &str) -> Page {
    let role = request.query("GetRole", &[("RoleName", name)])?.at("Role").clone();
    let text = if request.is_post {
        request.form.raw("document").to_owned()
    } else {
        policies::unescape(&role.text("AssumeRolePolicyDocument"))
    };
    let mut editor = Editor::for_purpose(&text, Purpose::Trust);
    let mut wrong = None;
    if request.is_post && !request.form.has("check") {
        match request.query("UpdateAssumeRolePolicy", &[("RoleName", name), ("PolicyDocument", &text)]) {
            Ok(_) => return go(&address(name), "trust-saved"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    if request.is_post {
        editor = editor.checked();
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = Frame::of(request, name)
        .below("Roles", "/console/roles")
        .wrong(wrong)
        .help("Whoever the trust policy names may assume the role, from the very next request. Sessions under way go on until they are ended.")
        .twin(format!("aws iam get-role --role-name {name}"), format!("POST / Action=GetRole&RoleName={name}"));
    show_with(status, &Show { frame, role, base: address(name), editor })
}

fn end_sessions(request: &Request, name: &str) -> Page {
    request.query("GetRole", &[("RoleName", name)])?;
    let frame = Frame::of(request, "End sessions")
        .below("Roles", "/console/roles")
        .below(name, address(name))
        .help("For when somebody has a session who should not. Whoever may assume the role can do so again at once.")
        .twin("", "POST /api/v1/sessions/revoke");
    let what =
        format!("Every session of {name} that was begun until now is refused from the very next request.");
    Confirm::new(frame, what, "End all sessions", address(name)).or_do(request, || {
        request.rest("POST", "/api/v1/sessions/revoke", json!({ "role_name": name }))?;
        go(&address(name), "sessions-ended")
    })
}

fn delete(request: &Request, name: &str) -> Page {
    let role = request.query("GetRole", &[("RoleName", name)])?.at("Role").clone();
    let frame = Frame::of(request, format!("Delete {name}"))
        .below("Roles", "/console/roles")
        .below(name, address(name))
        .help("A role with policies is not deleted: detach and delete them first.")
        .twin(
            format!("aws iam delete-role --role-name {name}"),
            format!("POST / Action=DeleteRole&RoleName={name}"),
        );
    let question =
        Confirm::new(frame, format!("The role {name} is deleted for good."), "Delete role", address(name));
    let used = match role.at("RoleLastUsed").find("LastUsedDate") {
        Some(at) => format!("It was last used on {at}."),
        None => "It is not known to have been used.".to_owned(),
    };
    question.evidence(used).typed(name, format!("the name {name}")).or_do(request, || {
        request.query("DeleteRole", &[("RoleName", name)])?;
        go("/console/roles", "role-deleted")
    })
}
