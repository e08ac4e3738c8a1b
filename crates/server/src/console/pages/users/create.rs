//! A new user: name, path, and what it begins with.

use askama::Template;

use super::address;
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "users/create.html")]
struct Create {
    frame: Frame,
    name: String,
    path: String,
    groups: Vec<(String, bool)>,
}

pub(super) fn answer(request: &Request) -> Page {
    if !request.is_post {
        return form(request, None);
    }
    match create(request) {
        Ok(()) => go(&address(request.form.get("name")), "user-created"),
        Err(refusal) => form(request, Some(refusal)),
    }
}

fn form(request: &Request, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    // Somebody who may not list groups can still make a user.
    let groups = request.query_all("ListGroups", &[], "Groups").unwrap_or_default();
    let chosen = |name: &str| request.form.all("group").any(|chosen| chosen == name);
    let groups = groups.iter().map(|group| group.text("GroupName")).map(|name| {
        let is_chosen = chosen(&name);
        (name, is_chosen)
    });
    let frame = Frame::of(request, "Create user")
        .below("Users", "/console/users")
        .wrong(wrong)
        .help("A new user can do nothing until a group or a policy allows it, and has no credentials yet.")
        .twin("aws iam create-user --user-name NAME", "POST / Action=CreateUser&UserName=NAME");
    let (name, path) =
        (request.form.get("name").to_owned(), request.form.find("path").unwrap_or("/").to_owned());
    show_with(status, &Create { frame, name, path, groups: groups.collect() })
}

fn create(request: &Request) -> Result<(), Refusal> {
    let form = &request.form;
    let name = form.get("name");
    if name.is_empty() {
        return Err(Refusal::of_form("Give the user a name."));
    }
    request.query("CreateUser", &[("UserName", name), ("Path", form.find("path").unwrap_or("/"))])?;
    for group in form.all("group") {
        request.query("AddUserToGroup", &[("UserName", name), ("GroupName", group)])?;
    }
    Ok(())
}
