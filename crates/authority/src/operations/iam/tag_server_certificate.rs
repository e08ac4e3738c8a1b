//! TagServerCertificate: puts tags on a certificate; one whose key is there already is replaced.

use keystead_aws::error::Result;
use keystead_aws::model::iam::TagServerCertificateRequest;
use keystead_core::{Arn, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{server_certificate, tagging};

/// TagServerCertificate. Source: IAM API reference, TagServerCertificate.
pub struct TagServerCertificate;

/// Which certificate, and the tags it will have besides those it has.
pub struct Wanted {
    name: String,
    tags: Vec<Tag>,
}

impl Operation for TagServerCertificate {
    type Input = TagServerCertificateRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "TagServerCertificate";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        server_certificate::arn(cx, &input.server_certificate_name)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { name: input.server_certificate_name, tags: tagging::read(input.tags)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let certificate = server_certificate::locked(tx, cx, &wanted.name)?;
        tagging::put(tx, cx, &certificate.id, &wanted.tags)
    }
}
