//! Service-specific credentials of a user: a user name and password for one service.

use askama::Template;
use serde_json::Value;

use super::Owner;
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "security_credentials/create_service_credential.html")]
struct Create {
    frame: Frame,
    base: String,
    service: String,
}

#[derive(Template)]
#[template(path = "security_credentials/created_service_credential.html")]
struct Created {
    frame: Frame,
    base: String,
    credential: Value,
}

pub(super) fn answer(request: &Request, of: &Owner, rest: &[&str]) -> Page {
    match rest {
        ["new"] => create(request, of),
        [id, "activate"] => set(request, of, id, "Active"),
        [id, "deactivate"] => set(request, of, id, "Inactive"),
        [id, "reset"] => reset(request, of, id),
        [id, "delete"] => delete(request, of, id),
        _ => Err(Refusal::nowhere()),
    }
}

fn create(request: &Request, of: &Owner) -> Page {
    let name = of.called(request);
    let service = request.form.get("service").to_owned();
    let mut wrong = None;
    if request.is_post {
        let given = [("UserName", name.as_str()), ("ServiceName", service.as_str())];
        match request.query("CreateServiceSpecificCredential", &given) {
            Ok(answer) => return shown(request, of, answer.at("ServiceSpecificCredential")),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = of
        .frame(request, "Create service credential")
        .wrong(wrong)
        .help("A user name and password for one service that cannot check signatures. A user can have two for each.")
        .twin(
            format!("aws iam create-service-specific-credential --user-name {name} --service-name SERVICE"),
            "POST / Action=CreateServiceSpecificCredential",
        );
    show_with(status, &Create { frame, base: of.base.clone(), service })
}

/// The one page that shows the password.
fn shown(request: &Request, of: &Owner, credential: &Value) -> Page {
    let frame = of
        .frame(request, "Service credential")
        .help("The password is shown nowhere again. If it is lost, reset it.");
    show(&Created { frame, base: of.base.clone(), credential: credential.clone() })
}

fn check(request: &Request, of: &Owner, id: &str) -> Result<Value, Refusal> {
    let name = of.called(request);
    let given = [("UserName", name.as_str())];
    let found = request.query("ListServiceSpecificCredentials", &given)?;
    let mut found = found.list("ServiceSpecificCredentials").iter();
    found.find(|one| one.text("ServiceSpecificCredentialId") == id).cloned().ok_or_else(Refusal::nowhere)
}

fn set(request: &Request, of: &Owner, id: &str, status: &str) -> Page {
    let (held, name) = (check(request, of, id)?, of.called(request));
    let (title, button, said, what) = match status {
        "Active" => {
            ("Activate service credential", "Activate", "service-credential-activated", "works again")
        }
        _ => ("Deactivate service credential", "Deactivate", "service-credential-deactivated", "is refused"),
    };
    let what = format!(
        "{} for {} {what} from the very next sign-in.",
        held.text("ServiceUserName"),
        held.text("ServiceName")
    );
    let frame = twin(of.frame(request, title), "Update", &name, id, &format!(" --status {status}"))
        .help("A service credential is a user name and password for one service. One that is inactive can be activated again.");
    Confirm::new(frame, what, button, of.base.clone()).or_do(request, || {
        let given = [("UserName", name.as_str()), ("ServiceSpecificCredentialId", id), ("Status", status)];
        request.query("UpdateServiceSpecificCredential", &given)?;
        go(&of.base, said)
    })
}

/// With the commands that do the same to a credential.
fn twin(frame: Frame, verb: &str, name: &str, id: &str, options: &str) -> Frame {
    let whose = format!("--user-name {name} --service-specific-credential-id {id}");
    frame.twin(
        format!("aws iam {}-service-specific-credential {whose}{options}", verb.to_lowercase()),
        format!("POST / Action={verb}ServiceSpecificCredential"),
    )
}

fn reset(request: &Request, of: &Owner, id: &str) -> Page {
    let (held, name) = (check(request, of, id)?, of.called(request));
    let what = format!(
        "{} for {} gets another password. The present one is refused at once.",
        held.text("ServiceUserName"),
        held.text("ServiceName")
    );
    let frame = twin(of.frame(request, "Reset service credential"), "Reset", &name, id, "")
        .help("The new password is shown once. To change it without an interruption, make a second credential instead.");
    Confirm::new(frame, what, "Reset password", of.base.clone()).or_do(request, || {
        let given = [("UserName", name.as_str()), ("ServiceSpecificCredentialId", id)];
        let answer = request.query("ResetServiceSpecificCredential", &given)?;
        shown(request, of, answer.at("ServiceSpecificCredential"))
    })
}

fn delete(request: &Request, of: &Owner, id: &str) -> Page {
    let (held, name) = (check(request, of, id)?, of.called(request));
    let what =
        format!("{} for {} is deleted for good.", held.text("ServiceUserName"), held.text("ServiceName"));
    let last_four: String = id.chars().skip(id.len().saturating_sub(4)).collect();
    let frame = twin(of.frame(request, "Delete service credential"), "Delete", &name, id, "").help(
        "Whatever signs in with it is refused from then on. It cannot be put back; another one can be made.",
    );
    Confirm::new(frame, what, "Delete credential", of.base.clone())
        .typed(last_four, "the last four characters of the credential's id")
        .or_do(request, || {
            let given = [("UserName", name.as_str()), ("ServiceSpecificCredentialId", id)];
            request.query("DeleteServiceSpecificCredential", &given)?;
            go(&of.base, "service-credential-deleted")
        })
}
