//! Groups: the list, one with its members, making and deleting one.

use askama::Template;
use serde_json::{Value, json};

use super::permissions::{self, Grantee};
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "groups/list.html")]
struct List {
    frame: Frame,
    groups: Vec<Value>,
    begins: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "groups/create.html")]
struct Create {
    frame: Frame,
    name: String,
    path: String,
}

#[derive(Template)]
#[template(path = "groups/show.html")]
struct Show {
    frame: Frame,
    name: String,
    arn: String,
    base: String,
    members: Vec<Value>,
    next: Option<String>,
}

/// The address of a group's page.
pub(super) fn address(name: &str) -> String {
    format!("/console/groups/{}", segment(name))
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request),
        ["new"] => create(request),
        [name] => one(request, name, None),
        [name, "add"] if request.is_post => member(request, name, "AddUserToGroup", "group-joined"),
        [name, "remove"] if request.is_post => member(request, name, "RemoveUserFromGroup", "group-left"),
        [name, "permissions", rest @ ..] => permissions::answer(request, &Grantee::group(name), rest),
        [name, "delete"] => delete(request, name),
        _ => Err(Refusal::nowhere()),
    }
}

fn list(request: &Request) -> Page {
    let begins = request.query.get("begins").to_owned();
    let mut input = json!({ "kind": "group", "begins": begins, "limit": "50" });
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    let found = request.rest("GET", "/api/v1/identities", input)?;
    let next = found.find("next");
    let next =
        next.map(|next| format!("/console/groups?begins={}&after={}", segment(&begins), segment(&next)));
    let frame = Frame::of(request, "Groups")
        .help("A group gives its policies to every user in it. Attach policies to groups, and put people into them.")
        .twin("aws iam list-groups", "GET /api/v1/identities?kind=group");
    show(&List { frame, groups: found.list("identities").to_vec(), begins, next })
}

fn create(request: &Request) -> Page {
    let (name, path) = (request.form.get("name"), request.form.find("path").unwrap_or("/"));
    let mut wrong = None;
    if request.is_post {
        match request.query("CreateGroup", &[("GroupName", name), ("Path", path)]) {
            Ok(_) => return go(&address(name), "group-created"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = Frame::of(request, "Create group")
        .below("Groups", "/console/groups")
        .wrong(wrong)
        .help("A new group has no policies and nobody in it.")
        .twin("aws iam create-group --group-name NAME", "POST / Action=CreateGroup&GroupName=NAME");
    show_with(status, &Create { frame, name: name.to_owned(), path: path.to_owned() })
}

fn one(request: &Request, name: &str, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let mut given = vec![("GroupName", name), ("MaxItems", "100")];
    if let Some(after) = request.query.find("after") {
        given.push(("Marker", after));
    }
    let answer = request.query("GetGroup", &given)?;
    let next = answer.find("Marker").filter(|_| answer.is("IsTruncated"));
    let next = next.map(|next| format!("{}?after={}", address(name), segment(&next)));
    let frame = Frame::of(request, name)
        .below("Groups", "/console/groups")
        .wrong(wrong)
        .help("Whoever is in the group may do what its policies allow, from the very next request.")
        .twin(
            format!("aws iam get-group --group-name {name}"),
            format!("POST / Action=GetGroup&GroupName={name}"),
        );
    let arn = answer.at("Group").text("Arn");
    let (members, base) = (answer.list("Users").to_vec(), address(name));
    show_with(status, &Show { frame, name: name.to_owned(), arn, base, members, next })
}

fn member(request: &Request, name: &str, action: &str, said: &str) -> Page {
    match request.query(action, &[("GroupName", name), ("UserName", request.form.get("user"))]) {
        Ok(_) => go(&address(name), said),
        Err(refusal) => one(request, name, Some(refusal)),
    }
}

fn delete(request: &Request, name: &str) -> Page {
    let answer = request.query("GetGroup", &[("GroupName", name), ("MaxItems", "1000")])?;
    let members = answer.list("Users").len();
    let frame = Frame::of(request, format!("Delete {name}"))
        .below("Groups", "/console/groups")
        .below(name, address(name))
        .help("A group with members or policies is not deleted: take them off first.")
        .twin(
            format!("aws iam delete-group --group-name {name}"),
            format!("POST / Action=DeleteGroup&GroupName={name}"),
        );
    Confirm::new(frame, format!("The group {name} is deleted for good."), "Delete group", address(name))
        .evidence(format!("{members} users are in it."))
        .typed(name, format!("the name {name}"))
        .or_do(request, || {
            request.query("DeleteGroup", &[("GroupName", name)])?;
            go("/console/groups", "group-deleted")
        })
}
