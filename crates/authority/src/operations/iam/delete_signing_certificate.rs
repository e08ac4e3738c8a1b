//! DeleteSigningCertificate: a certificate to sign with, gone for good.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteSigningCertificateRequest;
use keystead_core::{Arn, KeyId};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::shape;

/// DeleteSigningCertificate. Source: IAM API reference, DeleteSigningCertificate.
pub struct DeleteSigningCertificate;

/// Which certificate of whom.
pub struct Wanted {
    owner: Arc<Principal>,
    certificate_id: String,
}

impl Operation for DeleteSigningCertificate {
    type Input = DeleteSigningCertificateRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "DeleteSigningCertificate";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        Ok(Wanted { owner, certificate_id: input.certificate_id })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { owner, certificate_id } = wanted;
        let done = tx.signing_certificates().delete(cx.account(), &owner.id.to_string(), certificate_id)?;
        if !done {
            return Err(Fault::NoSuchEntity(text::certificate_not_found(certificate_id)));
        }
        if let Ok(id) = certificate_id.parse::<KeyId>() {
            tx.uses().delete_by_key(cx.account(), id)?;
        }
        shape::touch_certificates(tx, cx, owner);
        Ok(())
    }
}
