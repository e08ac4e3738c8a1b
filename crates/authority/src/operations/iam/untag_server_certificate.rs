//! UntagServerCertificate: takes tags off a certificate; a key that is not there is no error.

use keystead_aws::error::Result;
use keystead_aws::model::iam::UntagServerCertificateRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{server_certificate, tagging};

/// UntagServerCertificate. Source: IAM API reference, UntagServerCertificate.
pub struct UntagServerCertificate;

/// Which certificate, and the keys it will be without.
pub struct Wanted {
    name: String,
    keys: Vec<String>,
}

impl Operation for UntagServerCertificate {
    type Input = UntagServerCertificateRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UntagServerCertificate";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        server_certificate::arn(cx, &input.server_certificate_name)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::untagging_keys(&input.tag_keys)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { name: input.server_certificate_name, keys: input.tag_keys })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let certificate = server_certificate::locked(tx, cx, &wanted.name)?;
        Ok(tx.tags().remove(certificate.account, &certificate.id, &wanted.keys)?)
    }
}
