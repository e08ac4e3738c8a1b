//! DeleteServiceSpecificCredential: a credential and its password, gone for good.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteServiceSpecificCredentialRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::shape;

/// DeleteServiceSpecificCredential. Source: IAM API reference, DeleteServiceSpecificCredential.
pub struct DeleteServiceSpecificCredential;

/// Which credential of whom.
pub struct Wanted {
    owner: Arc<Principal>,
    credential_id: String,
}

impl Operation for DeleteServiceSpecificCredential {
    type Input = DeleteServiceSpecificCredentialRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "DeleteServiceSpecificCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        Ok(Wanted { owner, credential_id: input.service_specific_credential_id })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { owner, credential_id } = wanted;
        let done = tx.service_credentials().delete(cx.account(), &owner.id.to_string(), credential_id)?;
        if done {
            Ok(())
        } else {
            Err(Fault::NoSuchEntity(text::service_credential_not_found(credential_id)))
        }
    }
}
