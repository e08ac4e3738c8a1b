//! UpdateAccountPasswordPolicy: sets the whole password policy. What is left out goes back to AWS's default,
//! and a preset is replaced.

use keystead_aws::error::Result;
use keystead_aws::model::iam::UpdateAccountPasswordPolicyRequest;
use keystead_core::password::PolicyOrigin;
use keystead_core::{Arn, PasswordPolicy};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// UpdateAccountPasswordPolicy. Source: IAM API reference, UpdateAccountPasswordPolicy.
pub struct UpdateAccountPasswordPolicy;

/// AWS's default of a policy that is set without saying it.
const MINIMUM_LENGTH: i64 = 6;

impl Operation for UpdateAccountPasswordPolicy {
    type Input = UpdateAccountPasswordPolicyRequest;
    type Prepared = PasswordPolicy;
    type Output = ();
    const NAME: &'static str = "UpdateAccountPasswordPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<PasswordPolicy> {
        Ok(PasswordPolicy {
            origin: PolicyOrigin::Fields,
            minimum_length: input.minimum_password_length.unwrap_or(MINIMUM_LENGTH),
            require_symbols: input.require_symbols.unwrap_or_default(),
            require_numbers: input.require_numbers.unwrap_or_default(),
            require_uppercase: input.require_uppercase_characters.unwrap_or_default(),
            require_lowercase: input.require_lowercase_characters.unwrap_or_default(),
            allow_users_to_change: input.allow_users_to_change_password.unwrap_or_default(),
            max_age_days: input.max_password_age,
            reuse_prevention: input.password_reuse_prevention,
            hard_expiry: input.hard_expiry,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, policy: &PasswordPolicy) -> Result<()> {
        tx.lock_account(cx.account())?;
        Ok(tx.password_policies().put(cx.account(), policy)?)
    }
}
