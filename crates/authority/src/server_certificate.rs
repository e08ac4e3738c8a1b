//! Server certificates as operations find and show them.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::{Arn, ServerCertificate};
use keystead_gate::Context;
use keystead_store::{StoreError, Tx};

/// What the policy engine is asked about where an operation names a server certificate.
pub(crate) fn arn(cx: &Context, name: &str) -> Result<Arn> {
    let found = find(cx, name)?;
    Ok(found.map_or_else(|| Arn::server_certificate(cx.account(), "/", name), |found| found.arn()))
}

/// The certificate of that name, where there is one, outside the operation's own transaction.
pub(crate) fn find(cx: &Context, name: &str) -> Result<Option<ServerCertificate>> {
    let find = |tx: &mut Tx<'_>| tx.server_certificates().find_by_name(cx.account(), name);
    cx.gate().store().read(find).map_err(|error: StoreError| Fault::from(error))
}

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
