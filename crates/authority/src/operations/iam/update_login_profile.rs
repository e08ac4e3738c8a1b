//! UpdateLoginProfile: another password for a user, or whether the user must set another one.

use keystead_aws::error::Result;
use keystead_aws::model::iam::UpdateLoginProfileRequest;
use keystead_core::{Arn, SecretString};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::password::{self, Present};
use crate::shape;

/// UpdateLoginProfile. Source: IAM API reference, UpdateLoginProfile.
pub struct UpdateLoginProfile;

/// What was there, and what shall be.
pub struct Wanted {
    present: Present,
    password_hash: Option<SecretString>,
    reset_required: Option<bool>,
}

impl Operation for UpdateLoginProfile {
    type Input = UpdateLoginProfileRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateLoginProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        let present = Present::of(cx, &owner)?;
        present.profile()?;
        let password_hash = input.password.map(|password| present.accept(cx, &password)).transpose()?;
        Ok(Wanted { present, password_hash, reset_required: input.password_reset_required })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { present, password_hash, reset_required } = wanted;
        let former = present.profile()?;
        let reset_required = reset_required.unwrap_or(former.reset_required);
        if let Some(hash) = password_hash {
            return present.put(tx, cx, hash, reset_required);
        }
        if tx.login_profiles().update_reset_required(cx.account(), &former.owner_id, reset_required)? {
            return Ok(());
        }
        Err(password::changed_meanwhile(&present.owner))
    }
}
