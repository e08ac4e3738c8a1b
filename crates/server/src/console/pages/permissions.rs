//! What a user, group or role may do: attached and inline policies, and the permissions boundary.

use askama::Template;
use serde_json::Value;

use super::{groups, policies, roles, users};
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

/// Who has permissions.
pub(super) struct Grantee<'g> {
    pub(super) name: &'g str,
    pub(super) kind: &'static str,
    base: String,
}

impl<'g> Grantee<'g> {
    pub(super) fn user(name: &'g str) -> Self {
        Self { name, kind: "User", base: users::address(name) }
    }

    pub(super) fn group(name: &'g str) -> Self {
        Self { name, kind: "Group", base: groups::address(name) }
    }

    pub(super) fn role(name: &'g str) -> Self {
        Self { name, kind: "Role", base: roles::address(name) }
    }

    fn member(&self) -> String {
        format!("{}Name", self.kind)
    }

    fn page(&self) -> String {
        format!("{}/permissions", self.base)
    }

    fn frame(&self, request: &Request, title: &str) -> Frame {
        let list = format!("/console/{}s", self.kind.to_lowercase());
        Frame::of(request, title).below(format!("{}s", self.kind), list).below(self.name, self.base.clone())
    }

    /// Asks one of the three operations of that form, for example `Attach` + `User` + `Policy`.
    fn ask(
        &self,
        request: &Request,
        verb: &str,
        what: &str,
        given: &[(&str, &str)],
    ) -> Result<Value, Refusal> {
        let member = self.member();
        let mut asked = vec![(member.as_str(), self.name)];
        asked.extend_from_slice(given);
        request.query(&format!("{verb}{}{what}", self.kind), &asked)
    }
}

#[derive(Template)]
#[template(path = "permissions/show.html")]
struct Show {
    frame: Frame,
    name: String,
    kind: &'static str,
    base: String,
    attached: Vec<Value>,
    inline: Vec<(String, String)>,
    boundary: Option<String>,
    groups: Vec<String>,
}

#[derive(Template)]
#[template(path = "permissions/attach.html")]
struct Attach {
    frame: Frame,
    base: String,
    begins: String,
    policies: Vec<Value>,
}

#[derive(Template)]
#[template(path = "permissions/inline.html")]
struct Inline {
    frame: Frame,
    base: String,
    name: String,
    is_new: bool,
    editor: policies::Editor,
}

pub(super) fn answer(request: &Request, of: &Grantee<'_>, rest: &[&str]) -> Page {
    match rest {
        [] => page(request, of, None),
        ["attach"] => attach(request, of),
        ["detach"] => detach(request, of),
        ["boundary"] if request.is_post => boundary(request, of),
        ["inline", "new"] => inline(request, of, None),
        ["inline", name] => inline(request, of, Some(name)),
        ["inline", name, "delete"] => delete_inline(request, of, name),
        _ => Err(Refusal::nowhere()),
    }
}

fn page(request: &Request, of: &Grantee<'_>, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let member = of.member();
    let given = [(member.as_str(), of.name)];
    let it = request.query(&format!("Get{}", of.kind), &given)?;
    let attached =
        request.query_all(&format!("ListAttached{}Policies", of.kind), &given, "AttachedPolicies")?;
    let names = request.query(&format!("List{}Policies", of.kind), &given)?.texts("PolicyNames");
    let inline = names.into_iter().map(|name| {
        let address = format!("{}/permissions/inline/{}", of.base, segment(&name));
        (name, address)
    });
    let boundary = it.at(of.kind).at("PermissionsBoundary").find("PermissionsBoundaryArn");
    let groups = match of.kind {
        "User" => request.query_all("ListGroupsForUser", &given, "Groups").unwrap_or_default(),
        _ => Vec::new(),
    };
    let kind = of.kind.to_lowercase();
    let frame = of
        .frame(request, "Permissions")
        .wrong(wrong)
        .help(
            "Policies say what is allowed; nothing is without one, and a denial anywhere wins. The permissions \
             boundary is the most that all of them together can allow.",
        )
        .twin(
            format!("aws iam list-attached-{kind}-policies --{kind}-name {}", of.name),
            format!("POST / Action=ListAttached{}Policies&{member}={}", of.kind, of.name),
        );
    let (name, base) = (of.name.to_owned(), of.base.clone());
    let groups = groups.iter().map(|group| group.text("GroupName")).collect();
    let inline = inline.collect();
    show_with(status, &Show { frame, name, kind: of.kind, base, attached, inline, boundary, groups })
}

fn attach(request: &Request, of: &Grantee<'_>) -> Page {
    let begins = request.query.get("begins").to_owned();
    let found = |wrong: Option<Refusal>| -> Page {
        let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
        let policies = policies::search(request, &begins)?;
        let kind = of.kind.to_lowercase();
        let frame = of
            .frame(request, "Attach policies")
            .wrong(wrong)
            .help("Tick what is to be attached. A policy is in force from the very next request.")
            .twin(
                format!("aws iam attach-{kind}-policy --{kind}-name {} --policy-arn ARN", of.name),
                format!("POST / Action=Attach{}Policy", of.kind),
            );
        show_with(status, &Attach { frame, base: of.base.clone(), begins: begins.clone(), policies })
    };
    if !request.is_post {
        return found(None);
    }
    for arn in request.form.all("arn") {
        if let Err(refusal) = of.ask(request, "Attach", "Policy", &[("PolicyArn", arn)]) {
            return found(Some(refusal));
        }
    }
    go(&of.page(), "policy-attached")
}

fn detach(request: &Request, of: &Grantee<'_>) -> Page {
    let arn = request.query.find("arn").unwrap_or_default();
    let what =
        format!("{} loses what {arn} allows, from the very next request. It can be attached again.", of.name);
    let kind = of.kind.to_lowercase();
    let frame = of
        .frame(request, "Detach policy")
        .help("A policy that is detached counts no more from the very next request. The policy itself stays as it is.")
        .twin(
            format!("aws iam detach-{kind}-policy --{kind}-name {} --policy-arn {arn}", of.name),
            format!("POST / Action=Detach{}Policy", of.kind),
        );
    Confirm::new(frame, what, "Detach policy", of.page()).or_do(request, || {
        of.ask(request, "Detach", "Policy", &[("PolicyArn", arn)])?;
        go(&of.page(), "policy-detached")
    })
}

fn boundary(request: &Request, of: &Grantee<'_>) -> Page {
    let done = match request.form.find("arn") {
        Some(arn) => of.ask(request, "Put", "PermissionsBoundary", &[("PermissionsBoundary", arn)]),
        None => of.ask(request, "Delete", "PermissionsBoundary", &[]),
    };
    match done {
        Ok(_) => go(&of.page(), "saved"),
        Err(refusal) => page(request, of, Some(refusal)),
    }
}

fn inline(request: &Request, of: &Grantee<'_>, name: Option<&str>) -> Page {
    let form = &request.form;
    let held = match name {
        Some(name) if !request.is_post => {
            let answer = of.ask(request, "Get", "Policy", &[("PolicyName", name)])?;
            policies::unescape(&answer.text("PolicyDocument"))
        }
        _ if request.is_post => form.raw("document").to_owned(),
        _ => policies::EMPTY.to_owned(),
    };
    let called = name.unwrap_or_else(|| form.get("name")).to_owned();
    let mut editor = policies::Editor::of(&held);
    let mut wrong = None;
    if request.is_post && !form.has("check") {
        let given = [("PolicyName", called.as_str()), ("PolicyDocument", held.as_str())];
        match of.ask(request, "Put", "Policy", &given) {
            Ok(_) => return go(&of.page(), "policy-saved"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    if request.is_post {
        editor = editor.checked();
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let title = name.map_or_else(|| "New inline policy".to_owned(), str::to_owned);
    let kind = of.kind.to_lowercase();
    let frame = of
        .frame(request, &title)
        .wrong(wrong)
        .help("An inline policy belongs to this one alone and goes with it. Use managed policies for what several share.")
        .twin(
            format!("aws iam put-{kind}-policy --{kind}-name {} --policy-name NAME --policy-document FILE", of.name),
            format!("POST / Action=Put{}Policy", of.kind),
        );
    show_with(status, &Inline { frame, base: of.base.clone(), name: called, is_new: name.is_none(), editor })
}

fn delete_inline(request: &Request, of: &Grantee<'_>, name: &str) -> Page {
    let what = format!("The inline policy {name} of {} is deleted for good.", of.name);
    let kind = of.kind.to_lowercase();
    let frame = of
        .frame(request, "Delete inline policy")
        .help("What it allowed or denied counts no more from the very next request. Nothing else has this policy.")
        .twin(
            format!("aws iam delete-{kind}-policy --{kind}-name {} --policy-name {name}", of.name),
            format!("POST / Action=Delete{}Policy", of.kind),
        );
    Confirm::new(frame, what, "Delete policy", of.page()).or_do(request, || {
        of.ask(request, "Delete", "Policy", &[("PolicyName", name)])?;
        go(&of.page(), "policy-deleted")
    })
}
