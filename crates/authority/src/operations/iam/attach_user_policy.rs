//! AttachUserPolicy: attaches a managed policy to a user; attaching it again changes nothing.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::AttachUserPolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ADMINISTRATOR_ACCESS;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::shape;

/// AttachUserPolicy. Source: IAM API reference, AttachUserPolicy.
pub struct AttachUserPolicy;

/// Which policy to whom.
pub struct Wanted {
    user: Arc<Principal>,
    policy_arn: String,
}

impl Operation for AttachUserPolicy {
    type Input = AttachUserPolicyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "AttachUserPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        if !input.policy_arn.starts_with("arn:") {
            return Err(Fault::ValidationError(format!("ARN {} is not valid.", input.policy_arn)));
        }
        let user = cx.user_or_caller(Some(&input.user_name))?;
        if input.policy_arn != ADMINISTRATOR_ACCESS {
            return Err(Fault::NoSuchEntity(text::policy_not_attachable(&input.policy_arn)));
        }
        Ok(Wanted { user, policy_arn: input.policy_arn })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        shape::lock_owner(tx, cx, &wanted.user)?;
        let id = wanted.user.id.to_string();
        tx.policy_attachments().attach(cx.account(), &id, &wanted.policy_arn, cx.now)?;
        tx.touch(Touched::Principal { account: cx.account(), id });
        Ok(())
    }
}
