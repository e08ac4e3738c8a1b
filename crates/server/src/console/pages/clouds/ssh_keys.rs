//! SSH key pairs of a connected account: which private keys are kept here, keeping one, and showing one.

use askama::Template;
use serde_json::{Value, json};

use super::{Cloud, below, get, path};
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "clouds/ssh_keys.html")]
struct List {
    frame: Frame,
    cloud: Cloud,
    keys: Vec<Value>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "clouds/ssh_key.html")]
struct Revealed {
    frame: Frame,
    key: Value,
    back: String,
}

#[derive(Template)]
#[template(path = "clouds/keep_ssh_key.html")]
struct Keep {
    frame: Frame,
    key: String,
    back: String,
}

pub(super) fn list(request: &Request, cloud: &str) -> Page {
    let cloud = get(request, cloud)?;
    let mut input = json!({});
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    let answer = request.rest("GET", &path(&cloud.name, "/ssh-keys")?, input)?;
    let next = answer.find("next").map(|next| format!("{}/ssh-keys?after={}", cloud.address, segment(&next)));
    let frame = below(request, "SSH keys")
        .below(&cloud.name, &cloud.address)
        .help(
            "A cloud shows a private key once, when the pair is made. Pairs that were made here have theirs kept, sealed; \
             of others you can give it.",
        )
        .twin(
            format!("keystead cloud ssh-key list {}", cloud.name),
            format!("GET /api/v1/cloud-accounts/{}/ssh-keys", cloud.name),
        );
    show(&List { frame, cloud, keys: answer.list("ssh_keys").to_vec(), next })
}

/// The path of an operation on a key pair.
fn key_path(cloud: &Cloud, key: &str, rest: &str) -> Result<String, Refusal> {
    if key.contains('/') {
        return Err(Refusal::nowhere());
    }
    path(&cloud.name, &format!("/ssh-keys/{key}{rest}"))
}

pub(super) fn reveal(request: &Request, cloud: &str, key: &str) -> Page {
    let cloud = get(request, cloud)?;
    let back = format!("{}/ssh-keys", cloud.address);
    let frame = || {
        below(request, "Private key").below(&cloud.name, &cloud.address).below("SSH keys", &back).help(
            "The private key is shown to whoever made or gave it and to who may see all of them. That it was shown is \
             in the audit.",
        )
    };
    let what = format!("The private key of {key} is shown on the next page.");
    Confirm::new(frame(), what, "Show private key", &back).password().or_do(request, || {
        let input = json!({ "password": request.form.raw("password") });
        let key = request.rest("POST", &key_path(&cloud, key, "/reveal")?, input)?;
        show(&Revealed { frame: frame(), key, back: back.clone() })
    })
}

pub(super) fn keep(request: &Request, cloud: &str, key: &str) -> Page {
    let cloud = get(request, cloud)?;
    let back = format!("{}/ssh-keys", cloud.address);
    let mut wrong = None;
    if request.is_post {
        let input = json!({ "private_key": request.form.raw("private_key").replace("\r\n", "\n") });
        match request.rest("PUT", &key_path(&cloud, key, "/material")?, input) {
            Ok(_) => return go(&back, "ssh-key-kept"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = below(request, "Keep a private key")
        .below(&cloud.name, &cloud.address)
        .below("SSH keys", &back)
        .wrong(wrong)
        .help("It has to be the private key of this very pair, as far as the cloud tells. It is sealed before it is stored.");
    show_with(code, &Keep { frame, key: key.to_owned(), back })
}
