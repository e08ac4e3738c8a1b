//! UpdateServiceSpecificCredential: makes a credential active or inactive.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::UpdateServiceSpecificCredentialRequest;
use keystead_core::{Arn, KeyStatus};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::shape;

/// UpdateServiceSpecificCredential. Source: IAM API reference, UpdateServiceSpecificCredential.
pub struct UpdateServiceSpecificCredential;

/// Which credential of whom, and what it shall be.
pub struct Wanted {
    owner: Arc<Principal>,
    credential_id: String,
    status: KeyStatus,
}

impl Operation for UpdateServiceSpecificCredential {
    type Input = UpdateServiceSpecificCredentialRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateServiceSpecificCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let status = KeyStatus::parse(&input.status).ok_or_else(|| {
            let asked = &input.status;
            Fault::ValidationError(format!("A credential cannot be set to {asked}; use Active or Inactive."))
        })?;
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        Ok(Wanted { owner, credential_id: input.service_specific_credential_id, status })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { owner, credential_id, status } = wanted;
        let done = tx.service_credentials().update_status(
            cx.account(),
            &owner.id.to_string(),
            credential_id,
            *status,
        )?;
        if done {
            Ok(())
        } else {
            Err(Fault::NoSuchEntity(text::service_credential_not_found(credential_id)))
        }
    }
}
