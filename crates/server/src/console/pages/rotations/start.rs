//! Beginning a rotation: of a credential that Keystead keeps, or of a user's key, which it takes over first.

use askama::Template;
use serde_json::{Value, json};

use super::address;
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "rotations/start.html")]
struct Start {
    frame: Frame,
    user: String,
    credentials: Vec<Value>,
    /// Keys of the user that could be taken over.
    keys: Vec<String>,
    name: String,
    /// What a first look at one found.
    looked: Option<Value>,
}

pub(super) fn answer(request: &Request) -> Page {
    if !request.is_post {
        return page(request, None, None);
    }
    let form = &request.form;
    let credential = form.get("credential");
    let done = if form.has("adopt") { adopt(request) } else { Ok(credential.to_owned()) };
    let dry_run = form.has("look");
    let begun = done.and_then(|credential| {
        let mut input =
            json!({ "credential": credential, "dry_run": dry_run, "brownout": form.has("brownout") });
        if let Some(profile) = form.find("profile") {
            input["profile"] = profile.into();
        }
        request.rest("POST", "/api/v1/rotations", input)
    });
    match begun {
        Ok(looked) if dry_run => page(request, None, Some(looked)),
        Ok(begun) => go(&address(&begun.text("rotation_id")), "rotation-begun"),
        Err(refusal) => page(request, Some(refusal), None),
    }
}

fn page(request: &Request, wrong: Option<Refusal>, looked: Option<Value>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let user = request.query.get("user").to_owned();
    let listed = request.get("/api/v1/credentials")?;
    let is_of_user = |credential: &&Value| user.is_empty() || credential.text("user_name") == user;
    let credentials: Vec<Value> = listed.list("credentials").iter().filter(is_of_user).cloned().collect();
    let is_managed =
        |id: &String| credentials.iter().any(|credential| credential.text("access_key_id") == *id);
    let keys = match user.as_str() {
        "" => Vec::new(),
        user => request.query_all("ListAccessKeys", &[("UserName", user)], "AccessKeyMetadata")?,
    };
    let keys = keys.iter().map(|key| key.text("AccessKeyId")).filter(|id| !is_managed(id)).collect();
    let name = request.form.find("name").unwrap_or(&user).to_owned();
    let frame = Frame::of(request, "Rotate")
        .below("Rotations", "/console/rotations")
        .wrong(wrong)
        .help(
            "Keystead keeps the key of what it rotates, sealed, to hand the new one out. A first look changes nothing \
             and says whether a rotation could be finished.",
        )
        .twin("keystead rotate start CREDENTIAL --dry-run", "POST /api/v1/rotations");
    show_with(status, &Start { frame, user, credentials, keys, name, looked })
}

/// Takes a user's key over.
fn adopt(request: &Request) -> Result<String, Refusal> {
    let (form, user) = (&request.form, request.query.get("user"));
    let name = form.get("name");
    let input = json!({
        "name": name,
        "user_name": user,
        "access_key_id": form.get("key"),
        "secret_access_key": form.raw("secret").trim(),
    });
    request.rest("POST", "/api/v1/credentials/adopt", input)?;
    Ok(name.to_owned())
}
