//! ResetServiceSpecificCredential: another secret in place of the one before, which is refused from then on. It
//! leaves here, in this one reply, and never again.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{
    ResetServiceSpecificCredentialRequest, ResetServiceSpecificCredentialResponse,
};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::service_credential::{self, PasswordSecret};
use crate::shape;

/// ResetServiceSpecificCredential. Source: IAM API reference, ResetServiceSpecificCredential.
pub struct ResetServiceSpecificCredential;

/// Which credential of whom, and the password it shall have.
pub struct Wanted {
    owner: Arc<Principal>,
    credential_id: String,
    password: PasswordSecret,
}

impl Operation for ResetServiceSpecificCredential {
    type Input = ResetServiceSpecificCredentialRequest;
    type Prepared = Wanted;
    type Output = ResetServiceSpecificCredentialResponse;
    const NAME: &'static str = "ResetServiceSpecificCredential";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        let password = PasswordSecret::draw(cx.rng());
        Ok(Wanted { owner, credential_id: input.service_specific_credential_id, password })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &Wanted,
    ) -> Result<ResetServiceSpecificCredentialResponse> {
        let (account, owner_id, id) = (cx.account(), wanted.owner.id.to_string(), &wanted.credential_id);
        tx.service_credentials().update_password(account, &owner_id, id, &wanted.password.hash())?;
        let found = tx.service_credentials().find(account, &owner_id, id)?;
        let credential = found.ok_or_else(|| Fault::NoSuchEntity(text::service_credential_not_found(id)))?;
        let form = service_credential::form(&credential.service)?;
        let name = &wanted.owner.name;
        let shown = service_credential::revealed(&credential, form, &wanted.password, name, cx);
        Ok(ResetServiceSpecificCredentialResponse { service_specific_credential: Some(shown) })
    }
}
