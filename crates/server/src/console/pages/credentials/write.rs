//! Making a credential, and giving one a new value.

use askama::Template;
use serde_json::{Value, json};

use super::{CREDENTIALS, address, below, path};
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "credentials/edit.html")]
struct Edit {
    frame: Frame,
    is_new: bool,
    name: String,
    description: String,
    expires: String,
    back: String,
}

/// The first instant of a day, as the operation takes it.
fn instant(day: &str) -> String {
    format!("{day}T00:00:00Z")
}

pub(super) fn create(request: &Request) -> Page {
    let form = &request.form;
    let mut wrong = None;
    if request.is_post {
        let mut input = json!({
            "name": form.get("name"),
            "secret_value": value(request),
            "description": form.get("description"),
        });
        if let Some(day) = form.find("expires") {
            input["expires_at"] = instant(day).into();
        }
        match request.rest("POST", "/api/v1/stored-credentials", input) {
            Ok(made) => return go(&address(&made.text("name")), "credential-stored"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = below(request, "New credential")
        .wrong(wrong)
        .help(
            "The value is sealed before it is stored. Names that begin with AWS_ are kept for the credentials generated \
             for connected clouds.",
        )
        .twin("keystead credential create NAME", "POST /api/v1/stored-credentials");
    let page = Edit {
        frame,
        is_new: true,
        name: form.get("name").to_owned(),
        description: form.get("description").to_owned(),
        expires: form.get("expires").to_owned(),
        back: CREDENTIALS.to_owned(),
    };
    show_with(code, &page)
}

/// The value as it was typed; browsers end the lines of a text as Windows does, which no value means.
fn value(request: &Request) -> String {
    request.form.raw("value").replace("\r\n", "\n")
}

pub(super) fn edit(request: &Request, name: &str) -> Page {
    let credential = request.get(&path(name, "")?)?;
    let mut wrong = None;
    if request.is_post {
        match change(request, name, &credential) {
            Ok(_) => return go(&address(name), "credential-stored"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let known = |field: &str, stored: String| {
        if request.is_post { request.form.get(field).to_owned() } else { stored }
    };
    let frame = below(request, format!("Edit {name}"))
        .below(name, address(name))
        .wrong(wrong)
        .help("A new value becomes the newest version, and workloads are given it from their next question on. The versions before are kept.")
        .twin(
            format!("keystead credential update {name} --value"),
            format!("PUT /api/v1/stored-credentials/{name}"),
        );
    let page = Edit {
        frame,
        is_new: false,
        name: name.to_owned(),
        description: known("description", credential.text("description")),
        expires: known("expires", expiry_day(&credential)),
        back: address(name),
    };
    show_with(code, &page)
}

fn expiry_day(credential: &Value) -> String {
    credential.text("expires_at").get(..10).unwrap_or_default().to_owned()
}

/// Asks for what is another now, and nothing else.
fn change(request: &Request, name: &str, credential: &Value) -> Result<Value, Refusal> {
    let form = &request.form;
    let mut input = json!({});
    if !value(request).is_empty() {
        input["secret_value"] = value(request).into();
    }
    if form.get("description") != credential.text("description") {
        input["description"] = form.get("description").into();
    }
    if form.get("expires") != expiry_day(credential) {
        let expires = form.find("expires").map_or_else(|| "never".to_owned(), instant);
        input["expires_at"] = expires.into();
    }
    request.rest("PUT", &path(name, "")?, input)
}
