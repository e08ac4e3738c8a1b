//! Server certificates as operations find and show them.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::ServerCertificate;
use keystead_gate::Context;
use keystead_store::Tx;

/// The certificate of that name.
pub(crate) fn get(tx: &mut Tx<'_>, cx: &Context, name: &str) -> Result<ServerCertificate> {
    let found = tx.server_certificates().find_by_name(cx.account(), name)?;
    found.ok_or_else(|| Fault::NoSuchEntity(text::server_certificate_not_found(name)))
}

/// The same, locked.
pub(crate) fn locked(tx: &mut Tx<'_>, cx: &Context, name: &str) -> Result<ServerCertificate> {
    tx.lock_server_certificate(cx.account(), name)?;
    get(tx, cx, name)
}

/// A certificate without its text.
pub(crate) fn shown(certificate: &ServerCertificate) -> iam::ServerCertificateMetadata {
    iam::ServerCertificateMetadata {
        path: certificate.path.clone(),
        server_certificate_name: certificate.name.clone(),
        server_certificate_id: certificate.id.clone(),
        arn: certificate.arn().to_string(),
        upload_date: Some(certificate.uploaded_at),
        expiration: Some(certificate.expires_at),
    }
}
