//! UpdateLoginProfile: another password for a user, or whether the user must set another one.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::CreateLoginProfileRequest;
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
    /// The members are those of the creation. AWS requires the name here because it has no call that changes a
    /// root user's password; ours may leave it out, as in the creation.
    type Input = CreateLoginProfileRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateLoginProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        if input.user_name.is_none() && !cx.principal()?.is_root() {
            return Err(Fault::ValidationError(text::member_missing("userName")));
        }
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        let present = Present::of(cx, &owner)?;
        present.profile()?;
        let password_hash = input.password.map(|password| present.accept(cx, &password)).transpose()?;
        Ok(Wanted { present, password_hash, reset_required: input.password_reset_required })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { present, password_hash, reset_required } = wanted;
        let former = present.profile()?;
        let updated = if let Some(hash) = password_hash {
            let reset_required = reset_required.unwrap_or(former.reset_required);
            tx.login_profiles().replace_password(former, hash, reset_required, cx.now.whole_second())?
        } else {
            let reset_required = reset_required.unwrap_or(former.reset_required);
            tx.login_profiles().update_reset_required(cx.account(), &former.owner_id, reset_required)?
        };
        if updated { Ok(()) } else { Err(password::changed_meanwhile(&present.owner)) }
    }
}
