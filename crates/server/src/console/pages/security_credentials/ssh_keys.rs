//! SSH public keys of a user.

use super::Owner;
use super::certificates::Upload;
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

pub(super) fn answer(request: &Request, of: &Owner, rest: &[&str]) -> Page {
    let name = of.called(request);
    match rest {
        ["new"] => upload(request, of, &name),
        [id, "activate"] => set(request, of, &name, id, "Active"),
        [id, "deactivate"] => set(request, of, &name, id, "Inactive"),
        [id, "delete"] => delete(request, of, &name, id),
        _ => Err(Refusal::nowhere()),
    }
}

fn upload(request: &Request, of: &Owner, name: &str) -> Page {
    let text = request.form.get("text").to_owned();
    let mut wrong = None;
    if request.is_post {
        match request.query("UploadSSHPublicKey", &[("UserName", name), ("SSHPublicKeyBody", &text)]) {
            Ok(_) => return go(&of.base, "ssh-key-uploaded"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = of
        .frame(request, "Upload SSH public key")
        .wrong(wrong)
        .help("The public half of an SSH key, for services that ask whose it is. A user can have five.")
        .twin(
            format!(
                "aws iam upload-ssh-public-key --user-name {name} --ssh-public-key-body file://id_rsa.pub"
            ),
            "POST / Action=UploadSSHPublicKey",
        );
    show_with(
        status,
        &Upload {
            frame,
            base: of.base.clone(),
            label: "SSH public key",
            hint: "One line that begins with ssh-rsa or ssh-ed25519, or a public key in PEM. Never the private key.",
            text,
            button: "Upload",
        },
    )
}

fn check(request: &Request, name: &str, id: &str) -> Result<(), Refusal> {
    let found = request.query_all("ListSSHPublicKeys", &[("UserName", name)], "SSHPublicKeys")?;
    let is_there = found.iter().any(|key| key.text("SSHPublicKeyId") == id);
    if is_there { Ok(()) } else { Err(Refusal::nowhere()) }
}

fn set(request: &Request, of: &Owner, name: &str, id: &str, status: &str) -> Page {
    check(request, name, id)?;
    let (title, button, said, what) = match status {
        "Active" => ("Activate SSH key", "Activate", "ssh-key-activated", "is accepted again"),
        _ => ("Deactivate SSH key", "Deactivate", "ssh-key-deactivated", "is accepted no more"),
    };
    let what = format!("The SSH public key {id} of {name} {what}.");
    let frame = of
        .frame(request, title)
        .help("Services that know people by SSH keys ask for the active ones. One that is inactive is kept and not told.")
        .twin(
            format!("aws iam update-ssh-public-key --user-name {name} --ssh-public-key-id {id} --status {status}"),
            "POST / Action=UpdateSSHPublicKey",
        );
    Confirm::new(frame, what, button, of.base.clone()).or_do(request, || {
        let given = [("UserName", name), ("SSHPublicKeyId", id), ("Status", status)];
        request.query("UpdateSSHPublicKey", &given)?;
        go(&of.base, said)
    })
}

fn delete(request: &Request, of: &Owner, name: &str, id: &str) -> Page {
    check(request, name, id)?;
    let what = format!("The SSH public key {id} of {name} is deleted. It can be uploaded again.");
    let frame = of
        .frame(request, "Delete SSH key")
        .help("Services that know people by SSH keys are not told of it any more. The private key is elsewhere and stays.")
        .twin(
            format!("aws iam delete-ssh-public-key --user-name {name} --ssh-public-key-id {id}"),
            "POST / Action=DeleteSSHPublicKey",
        );
    Confirm::new(frame, what, "Delete SSH key", of.base.clone()).or_do(request, || {
        request.query("DeleteSSHPublicKey", &[("UserName", name), ("SSHPublicKeyId", id)])?;
        go(&of.base, "ssh-key-deleted")
    })
}
