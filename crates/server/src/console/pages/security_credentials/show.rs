//! The page of somebody's security credentials. Each part is asked by itself, so whoever may see only some sees those.

use askama::Template;
use serde_json::Value;

use super::Owner;
use super::access_keys::{self, Key};
use crate::console::answer::{Page, Refusal, show};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// A list, or why it may not be seen.
pub(super) struct Part {
    pub(super) items: Vec<Value>,
    pub(super) refused: Option<String>,
}

impl Part {
    fn of(asked: Result<Vec<Value>, Refusal>) -> Result<Self, Refusal> {
        match asked {
            Ok(items) => Ok(Self { items, refused: None }),
            Err(refusal) if refusal.is_denied() => {
                Ok(Self { items: Vec::new(), refused: Some(refusal.message) })
            }
            Err(refusal) => Err(refusal),
        }
    }
}

#[derive(Template)]
#[template(path = "security_credentials/show.html")]
struct Show {
    frame: Frame,
    name: Option<String>,
    arn: String,
    base: String,
    is_root: bool,
    keys: Result<Vec<Key>, Refusal>,
    certificates: Part,
    ssh_keys: Part,
    services: Part,
    devices: Part,
    password: Option<Value>,
    password_refused: Option<String>,
}

pub(super) fn answer(request: &Request, of: &Owner) -> Page {
    let is_root = of.is_root(request);
    let it = request.query("GetUser", &of.given(&[]));
    let arn = match it {
        Ok(answer) => answer.at("User").text("Arn"),
        // Whoever may not ask for their own ARN sees their credentials without it.
        Err(refusal) if refusal.is_denied() && of.name.is_none() => String::new(),
        Err(refusal) => return Err(refusal),
    };
    let list = |action: &str, member: &str| Part::of(request.query_all(action, &of.given(&[]), member));
    // Root users have neither of these.
    let of_users = |action: &str, member: &str| {
        if is_root { Part::of(Ok(Vec::new())) } else { list(action, member) }
    };
    let (password, password_refused) = password(request, of, is_root)?;
    let title = of.name.clone().unwrap_or_else(|| "My security credentials".to_owned());
    let frame = match &of.name {
        Some(_) => Frame::of(request, title).below("Users", "/console/users"),
        None => Frame::of(request, title),
    };
    let frame = frame
        .help(
            "Everything that proves who this is, in one place: keys and certificates for programs, a password and MFA \
             device for the console. Rotate a key instead of replacing it by hand, and nothing is interrupted.",
        )
        .twin(format!("aws iam list-access-keys{}", of.option()), "POST / Action=ListAccessKeys");
    show(&Show {
        frame,
        arn,
        base: of.base.clone(),
        is_root,
        keys: access_keys::list(request, of),
        certificates: list("ListSigningCertificates", "Certificates")?,
        ssh_keys: of_users("ListSSHPublicKeys", "SSHPublicKeys")?,
        services: of_users("ListServiceSpecificCredentials", "ServiceSpecificCredentials")?,
        devices: list("ListMFADevices", "MFADevices")?,
        password,
        password_refused,
        name: of.name.clone(),
    })
}

/// The password, where there is one; why it may not be seen.
fn password(
    request: &Request,
    of: &Owner,
    is_root: bool,
) -> Result<(Option<Value>, Option<String>), Refusal> {
    if is_root {
        return Ok((None, None));
    }
    match request.query("GetLoginProfile", &of.given(&[])) {
        Ok(answer) => Ok((Some(answer.at("LoginProfile").clone()), None)),
        Err(refusal) if refusal.is_missing() => Ok((None, None)),
        Err(refusal) if refusal.is_denied() => Ok((None, Some(refusal.message))),
        Err(refusal) => Err(refusal),
    }
}
