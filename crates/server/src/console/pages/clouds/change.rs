//! The pencil: other credentials for a connected account, of the same number and for all its regions at once, and the
//! way back to the former ones.

use askama::Template;
use serde_json::json;

use super::status::Status;
use super::{Cloud, below, get, path};
use crate::console::answer::{Page, go, show_with};
use crate::console::frame::Frame;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "clouds/change.html")]
struct Change {
    frame: Frame,
    cloud: Cloud,
    regions: Vec<String>,
    access_key_id: String,
    role_arn: String,
    certificate: String,
    /// Whether the advanced part was used.
    is_advanced: bool,
}

/// What is left empty stays as it is.
const FIELDS: [&str; 5] = ["access_key_id", "secret_access_key", "role_arn", "certificate", "private_key"];

pub(super) fn answer(request: &Request, cloud: &str) -> Page {
    let cloud = get(request, cloud)?;
    let mut wrong = None;
    if request.is_post {
        let mut input = json!({});
        for field in FIELDS {
            if let Some(value) = request.form.find(field) {
                input[field] = value.into();
            }
        }
        match request.rest("PUT", &path(&cloud.name, "/credentials")?, input) {
            Ok(_) => return go(&cloud.address, "cloud-changed"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let used = Status::of(request, &cloud.name)?.regions.into_iter().filter(|region| region.opted_in);
    let frame = below(request, "Enter Your Amazon Credentials")
        .below(&cloud.name, &cloud.address)
        .wrong(wrong)
        .help(
            "The new key is proved to be of the same account before the old one is let go, and the old one is kept \
             sealed until nothing uses it. The account number cannot be changed.",
        )
        .twin(
            format!("keystead cloud update {} --access-key-id ID", cloud.name),
            format!("PUT /api/v1/cloud-accounts/{}/credentials", cloud.name),
        );
    let form = &request.form;
    let page = Change {
        frame,
        regions: used.map(|region| region.name).collect(),
        access_key_id: form.get("access_key_id").to_owned(),
        role_arn: form.get("role_arn").to_owned(),
        certificate: form.get("certificate").to_owned(),
        is_advanced: form.find("certificate").or(form.find("role_arn")).is_some(),
        cloud,
    };
    show_with(code, &page)
}

/// Back to the credentials before.
pub(super) fn undo(request: &Request, cloud: &str) -> Page {
    let cloud = get(request, cloud)?;
    let frame = below(request, "Go back to the former credentials")
        .below(&cloud.name, &cloud.address)
        .help("The former credentials are proved once more and become the newest version. Those in use now are kept.")
        .twin(
            format!("keystead cloud undo {}", cloud.name),
            format!("POST /api/v1/cloud-accounts/{}/credentials/undo", cloud.name),
        );
    let what = format!("{} uses the credentials again that it had before the last change.", cloud.name);
    Confirm::new(frame, what, "Go back", &cloud.address)
        .evidence(format!("In use now: version {}, {}.", cloud.version, cloud.principal))
        .evidence("Nothing is interrupted: the former ones are tried at the cloud first.")
        .or_do(request, || {
            request.rest("POST", &path(&cloud.name, "/credentials/undo")?, json!({}))?;
            go(&cloud.address, "cloud-changed")
        })
}
