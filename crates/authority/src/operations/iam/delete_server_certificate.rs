//! DeleteServerCertificate: a certificate and its private key, gone for good.

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeleteServerCertificateRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::server_certificate;

/// DeleteServerCertificate. Source: IAM API reference, DeleteServerCertificate.
pub struct DeleteServerCertificate;

impl Operation for DeleteServerCertificate {
    type Input = DeleteServerCertificateRequest;
    type Prepared = String;
    type Output = ();
    const NAME: &'static str = "DeleteServerCertificate";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        server_certificate::arn(cx, &input.server_certificate_name)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        Ok(input.server_certificate_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, name: &String) -> Result<()> {
        let certificate = server_certificate::locked(tx, cx, name)?;
        tx.server_certificates().delete(certificate.account, &certificate.id)?;
        Ok(tx.tags().clear(certificate.account, &certificate.id)?)
    }
}
