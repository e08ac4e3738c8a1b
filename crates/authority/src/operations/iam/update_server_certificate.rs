//! UpdateServerCertificate: another name, another path, or both. Tags and private key stay, because they
//! hang on the unique id.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::UpdateServerCertificateRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Tx};

use crate::server_certificate;

/// UpdateServerCertificate. Source: IAM API reference, UpdateServerCertificate.
pub struct UpdateServerCertificate;

/// Which certificate, and what it shall be called from now on.
pub struct Wanted {
    name: String,
    new_name: Option<String>,
    new_path: Option<String>,
}

impl Operation for UpdateServerCertificate {
    type Input = UpdateServerCertificateRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateServerCertificate";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        server_certificate::arn(cx, &input.server_certificate_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        if let Some(found) = server_certificate::find(cx, &input.server_certificate_name)? {
            // AWS asks for the permission on the certificate by its new name as well: IAM API reference,
            // UpdateServerCertificate.
            let name = input.new_server_certificate_name.as_deref().unwrap_or(&found.name);
            let path = input.new_path.as_deref().unwrap_or(&found.path);
            let new_arn = Arn::server_certificate(cx.account(), path, name);
            cx.authorize("iam:UpdateServerCertificate", &new_arn, &ContextKeys::default())?;
        }
        Ok(Wanted {
            name: input.server_certificate_name,
            new_name: input.new_server_certificate_name,
            new_path: input.new_path,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let certificate = server_certificate::locked(tx, cx, &wanted.name)?;
        let name = wanted.new_name.as_ref().unwrap_or(&certificate.name);
        let path = wanted.new_path.as_ref().unwrap_or(&certificate.path);
        tx.server_certificates()
            .rename(certificate.account, &certificate.id, name, path)
            .on_constraint("server_certificates_name_unique", || {
                Fault::EntityAlreadyExists(text::server_certificate_exists(name))
            })
    }
}
