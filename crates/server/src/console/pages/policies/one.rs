//! One managed policy: its document, versions, who has it, editing and deleting it.

use askama::Template;
use serde_json::Value;

use super::editor::{EMPTY, Editor, unescape};
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "policies/show.html")]
struct Show {
    frame: Frame,
    policy: Value,
    arn: String,
    is_own: bool,
    editor: Editor,
    versions: Vec<Value>,
    shown_version: String,
    users: Vec<String>,
    groups: Vec<String>,
    roles: Vec<String>,
}

#[derive(Template)]
#[template(path = "policies/edit.html")]
struct Edit {
    frame: Frame,
    is_new: bool,
    name: String,
    description: String,
    editor: Editor,
    back: String,
}

fn address(arn: &str) -> String {
    format!("/console/policies/show?arn={}", segment(arn))
}

fn frame(request: &Request, arn: &str, name: &str, title: &str) -> Frame {
    Frame::of(request, title).below("Policies", "/console/policies").below(name, address(arn))
}

fn get(request: &Request) -> Result<(String, Value), Refusal> {
    let arn = request.query.get("arn").to_owned();
    let answer = request.query("GetPolicy", &[("PolicyArn", &arn)])?;
    Ok((arn, answer.at("Policy").clone()))
}

pub(super) fn answer(request: &Request) -> Page {
    let (arn, policy) = get(request)?;
    let given = [("PolicyArn", arn.as_str())];
    let default = policy.text("DefaultVersionId");
    let shown_version = request.query.find("version").unwrap_or(&default).to_owned();
    let held = request.query("GetPolicyVersion", &[("PolicyArn", &arn), ("VersionId", &shown_version)])?;
    let text = unescape(&held.at("PolicyVersion").text("Document"));
    let versions = request.query_all("ListPolicyVersions", &given, "Versions")?;
    // Who has it is for those who may ask that.
    let holders = request.query("ListEntitiesForPolicy", &given).unwrap_or_default();
    let names = |list: &str, member: &str| {
        holders.list(list).iter().map(|holder| holder.text(member)).collect::<Vec<_>>()
    };
    let frame = Frame::of(request, policy.text("PolicyName"))
        .below("Policies", "/console/policies")
        .help("A policy keeps up to five versions, and the default one is in force. Setting another as default takes effect at once.")
        .twin(
            format!("aws iam get-policy-version --policy-arn {arn} --version-id {shown_version}"),
            "POST / Action=GetPolicyVersion",
        );
    show(&Show {
        frame,
        is_own: !arn.starts_with("arn:aws:iam::aws:"),
        editor: Editor::of(&text),
        versions,
        shown_version,
        users: names("PolicyUsers", "UserName"),
        groups: names("PolicyGroups", "GroupName"),
        roles: names("PolicyRoles", "RoleName"),
        policy,
        arn,
    })
}

pub(super) fn create(request: &Request) -> Page {
    let form = &request.form;
    let text = if request.is_post { form.raw("document") } else { EMPTY };
    let (name, description) = (form.get("name").to_owned(), form.get("description").to_owned());
    let save = || {
        let mut given = vec![("PolicyName", name.as_str()), ("PolicyDocument", text)];
        if !description.is_empty() {
            given.push(("Description", &description));
        }
        let made = request.query("CreatePolicy", &given)?;
        go(&address(&made.at("Policy").text("Arn")), "policy-created")
    };
    let (editor, wrong) = match outcome(request, text, save) {
        Ok(page) => return Ok(page),
        Err(asked_again) => asked_again,
    };
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = Frame::of(request, "Create policy")
        .below("Policies", "/console/policies")
        .wrong(wrong)
        .help("Allow only what is needed: name the actions and the things. Check it first, then simulate it on a user.")
        .twin("aws iam create-policy --policy-name NAME --policy-document file://policy.json", "POST / Action=CreatePolicy");
    let back = "/console/policies".to_owned();
    show_with(
        status,
        &Edit { frame, is_new: true, name: name.clone(), description: description.clone(), editor, back },
    )
}

/// What comes of a form with a document: the page after saving; or the document to be shown again, and why.
fn outcome(
    request: &Request,
    text: &str,
    save: impl FnOnce() -> Page,
) -> Result<crate::console::answer::Answer, (Editor, Option<Refusal>)> {
    let editor = Editor::of(text);
    if !request.is_post {
        return Err((editor, None));
    }
    if request.form.has("check") {
        return Err((editor.checked(), None));
    }
    save().map_err(|refusal| (editor.checked(), Some(refusal)))
}

pub(super) fn edit(request: &Request) -> Page {
    let (arn, policy) = get(request)?;
    let name = policy.text("PolicyName");
    let text = if request.is_post {
        request.form.raw("document").to_owned()
    } else {
        let version = policy.text("DefaultVersionId");
        let held = request.query("GetPolicyVersion", &[("PolicyArn", &arn), ("VersionId", &version)])?;
        unescape(&held.at("PolicyVersion").text("Document"))
    };
    let save = || {
        let given =
            [("PolicyArn", arn.as_str()), ("PolicyDocument", text.as_str()), ("SetAsDefault", "true")];
        request.query("CreatePolicyVersion", &given)?;
        go(&address(&arn), "policy-saved")
    };
    let (editor, wrong) = match outcome(request, &text, save) {
        Ok(page) => return Ok(page),
        Err(asked_again) => asked_again,
    };
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = frame(request, &arn, &name, "New version")
        .wrong(wrong)
        .help("Saving makes a new version and sets it as default: it is in force from the very next request.")
        .twin(
            format!("aws iam create-policy-version --policy-arn {arn} --policy-document file://policy.json --set-as-default"),
            "POST / Action=CreatePolicyVersion",
        );
    let back = address(&arn);
    show_with(status, &Edit { frame, is_new: false, name, description: String::new(), editor, back })
}

/// Sets a version as default, or deletes one.
pub(super) fn version(request: &Request) -> Page {
    let (arn, policy) = get(request)?;
    let (id, name) = (request.query.get("version"), policy.text("PolicyName"));
    let deletes = request.query.has("delete");
    let (title, what, button, action, said) = if deletes {
        ("Delete version", "is deleted for good", "Delete version", "DeletePolicyVersion", "version-deleted")
    } else {
        (
            "Set as default",
            "is in force from the very next request",
            "Set as default",
            "SetDefaultPolicyVersion",
            "version-set",
        )
    };
    let what = format!("Version {id} of {name} {what}.");
    Confirm::new(frame(request, &arn, &name, title), what, button, address(&arn)).or_do(request, || {
        request.query(action, &[("PolicyArn", &arn), ("VersionId", id)])?;
        go(&address(&arn), said)
    })
}

pub(super) fn delete(request: &Request) -> Page {
    let (arn, policy) = get(request)?;
    let name = policy.text("PolicyName");
    let frame = frame(request, &arn, &name, &format!("Delete {name}"))
        .help("A policy that is still attached is not deleted: detach it first.")
        .twin(format!("aws iam delete-policy --policy-arn {arn}"), "POST / Action=DeletePolicy");
    let question = Confirm::new(
        frame,
        format!("{name} and its versions are deleted for good."),
        "Delete policy",
        address(&arn),
    )
    .evidence(format!("It is attached to {} users, groups and roles.", policy.number("AttachmentCount")))
    .typed(name.clone(), format!("the name {name}"));
    question.or_do(request, || {
        for version in request.query_all("ListPolicyVersions", &[("PolicyArn", &arn)], "Versions")? {
            let is_attached = policy.number("AttachmentCount") > 0;
            if !version.is("IsDefaultVersion") && !is_attached {
                let id = version.text("VersionId");
                request.query("DeletePolicyVersion", &[("PolicyArn", &arn), ("VersionId", &id)])?;
            }
        }
        request.query("DeletePolicy", &[("PolicyArn", &arn)])?;
        go("/console/policies", "policy-deleted")
    })
}
