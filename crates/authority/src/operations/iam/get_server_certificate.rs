//! GetServerCertificate: a certificate with its chain, without its private key.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{
    GetServerCertificateRequest, GetServerCertificateResponse, ServerCertificate,
};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{server_certificate, tagging};

/// GetServerCertificate. Source: IAM API reference, GetServerCertificate.
pub struct GetServerCertificate;

impl Operation for GetServerCertificate {
    type Input = GetServerCertificateRequest;
    type Prepared = String;
    type Output = GetServerCertificateResponse;
    const NAME: &'static str = "GetServerCertificate";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        server_certificate::arn(cx, &input.server_certificate_name)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        Ok(input.server_certificate_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, name: &String) -> Result<GetServerCertificateResponse> {
        let certificate = server_certificate::get(tx, cx, name)?;
        Ok(GetServerCertificateResponse {
            server_certificate: ServerCertificate {
                server_certificate_metadata: server_certificate::shown(&certificate),
                tags: tagging::all(tx, cx, &certificate.id)?,
                certificate_body: certificate.body,
                certificate_chain: certificate.chain,
            },
        })
    }
}
