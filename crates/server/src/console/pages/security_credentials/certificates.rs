//! Signing certificates: uploaded, switched off, deleted. The private key stays with its owner.

use askama::Template;

use super::Owner;
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "security_credentials/upload.html")]
pub(super) struct Upload {
    pub(super) frame: Frame,
    pub(super) base: String,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) text: String,
    pub(super) button: &'static str,
}

pub(super) fn answer(request: &Request, of: &Owner, rest: &[&str]) -> Page {
    match rest {
        ["new"] => upload(request, of),
        [id, "activate"] => set(request, of, id, "Active"),
        [id, "deactivate"] => set(request, of, id, "Inactive"),
        [id, "delete"] => delete(request, of, id),
        _ => Err(Refusal::nowhere()),
    }
}

fn upload(request: &Request, of: &Owner) -> Page {
    let text = request.form.get("text").to_owned();
    let mut wrong = None;
    if request.is_post {
        match request.query("UploadSigningCertificate", &of.given(&[("CertificateBody", &text)])) {
            Ok(_) => return go(&of.base, "certificate-uploaded"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = of
        .frame(request, "Upload signing certificate")
        .wrong(wrong)
        .help("A signing certificate proves who opens a connection to a service that asks Keystead. A user can have two.")
        .twin(
            format!("aws iam upload-signing-certificate{} --certificate-body file://certificate.pem", of.option()),
            "POST / Action=UploadSigningCertificate",
        );
    show_with(
        status,
        &Upload {
            frame,
            base: of.base.clone(),
            label: "Certificate in PEM",
            hint: "From -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----. Never paste the private key.",
            text,
            button: "Upload",
        },
    )
}

fn check(request: &Request, of: &Owner, id: &str) -> Result<(), Refusal> {
    let found = request.query_all("ListSigningCertificates", &of.given(&[]), "Certificates")?;
    let is_there = found.iter().any(|certificate| certificate.text("CertificateId") == id);
    if is_there { Ok(()) } else { Err(Refusal::nowhere()) }
}

fn set(request: &Request, of: &Owner, id: &str, status: &str) -> Page {
    check(request, of, id)?;
    let (title, button, said, what) = match status {
        "Active" => {
            ("Activate certificate", "Activate", "certificate-activated", "is accepted again at once")
        }
        _ => ("Deactivate certificate", "Deactivate", "certificate-deactivated", "is refused at once"),
    };
    let what = format!("The signing certificate {id} {what}.");
    let frame = of
        .frame(request, title)
        .help("A signing certificate proves who opens a connection. One that is inactive is kept and proves nothing.")
        .twin(
            format!("aws iam update-signing-certificate{} --certificate-id {id} --status {status}", of.option()),
            "POST / Action=UpdateSigningCertificate",
        );
    Confirm::new(frame, what, button, of.base.clone()).or_do(request, || {
        request.query("UpdateSigningCertificate", &of.given(&[("CertificateId", id), ("Status", status)]))?;
        go(&of.base, said)
    })
}

fn delete(request: &Request, of: &Owner, id: &str) -> Page {
    check(request, of, id)?;
    let what = format!("The signing certificate {id} is deleted for good.");
    let last_four: String = id.chars().skip(id.len().saturating_sub(4)).collect();
    let frame = of
        .frame(request, "Delete certificate")
        .help("Whoever proves itself with the certificate is refused from then on. It can be uploaded again.")
        .twin(
            format!("aws iam delete-signing-certificate{} --certificate-id {id}", of.option()),
            "POST / Action=DeleteSigningCertificate",
        );
    Confirm::new(frame, what, "Delete certificate", of.base.clone())
        .typed(last_four, "the last four characters of the certificate's id")
        .or_do(request, || {
            request.query("DeleteSigningCertificate", &of.given(&[("CertificateId", id)]))?;
            go(&of.base, "certificate-deleted")
        })
}
