//! DetachUserPolicy: takes a managed policy away from a user, in force when it returns.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DetachUserPolicyRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::shape;

/// DetachUserPolicy. Source: IAM API reference, DetachUserPolicy.
pub struct DetachUserPolicy;

/// Which policy from whom.
pub struct Wanted {
    user: Arc<Principal>,
    policy_arn: String,
}

impl Operation for DetachUserPolicy {
    type Input = DetachUserPolicyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "DetachUserPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let user = cx.user_or_caller(Some(&input.user_name))?;
        Ok(Wanted { user, policy_arn: input.policy_arn })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let id = wanted.user.id.to_string();
        tx.lock_user(cx.account(), &id)?;
        if !tx.policy_attachments().detach(cx.account(), &id, &wanted.policy_arn)? {
            return Err(Fault::NoSuchEntity(text::policy_not_found(&wanted.policy_arn)));
        }
        tx.touch(Touched::Principal { account: cx.account(), id });
        Ok(())
    }
}
