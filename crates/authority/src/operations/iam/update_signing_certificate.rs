//! UpdateSigningCertificate: makes a certificate active or inactive.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::UpdateSigningCertificateRequest;
use keystead_core::{Arn, KeyStatus};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::shape;

/// UpdateSigningCertificate. Source: IAM API reference, UpdateSigningCertificate.
pub struct UpdateSigningCertificate;

/// Which certificate of whom, and what it shall be.
pub struct Wanted {
    owner: Arc<Principal>,
    certificate_id: String,
    status: KeyStatus,
}

impl Operation for UpdateSigningCertificate {
    type Input = UpdateSigningCertificateRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateSigningCertificate";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let status = shape::status("certificate", &input.status)?;
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        Ok(Wanted { owner, certificate_id: input.certificate_id, status })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { owner, certificate_id, status } = wanted;
        let done = tx.signing_certificates().update_status(
            cx.account(),
            &owner.id.to_string(),
            certificate_id,
            *status,
        )?;
        if !done {
            return Err(Fault::NoSuchEntity(text::certificate_not_found(certificate_id)));
        }
        shape::touch_certificates(tx, cx, owner);
        Ok(())
    }
}
