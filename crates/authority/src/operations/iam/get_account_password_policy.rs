//! GetAccountPasswordPolicy: the password policy that was set for the account.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::GetAccountPasswordPolicyResponse;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::shape;

/// GetAccountPasswordPolicy. Source: IAM API reference, GetAccountPasswordPolicy.
pub struct GetAccountPasswordPolicy;

impl Operation for GetAccountPasswordPolicy {
    type Input = ();
    type Prepared = ();
    type Output = GetAccountPasswordPolicyResponse;
    const NAME: &'static str = "GetAccountPasswordPolicy";
    const KIND: Kind = Kind::Read;
    /// A policy that lets users change their passwords lets them read it too, which `commit` looks up.
    const NEEDS_PERMISSION: bool = false;

    fn resource(_: &Context, (): &()) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, (): ()) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<GetAccountPasswordPolicyResponse> {
        let policy = tx.password_policies().find(cx.account())?;
        if !policy.as_ref().is_some_and(|policy| policy.allow_users_to_change) {
            let resource = Self::resource(cx, &())?;
            cx.authorize("iam:GetAccountPasswordPolicy", &resource, &ContextKeys::default())?;
        }
        let policy =
            policy.ok_or_else(|| Fault::NoSuchEntity(text::password_policy_not_found(&cx.account())))?;
        Ok(GetAccountPasswordPolicyResponse { password_policy: shape::password_policy(&policy) })
    }
}
