//! UntagPolicy: takes tags off a managed policy, those that are there.

use keystead_aws::error::{Result, text};
use keystead_aws::model::iam::UntagPolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{managed_policy, tagging};

/// UntagPolicy. Source: IAM API reference, UntagPolicy.
pub struct UntagPolicy;

impl Operation for UntagPolicy {
    type Input = UntagPolicyRequest;
    type Prepared = UntagPolicyRequest;
    type Output = ();
    const NAME: &'static str = "UntagPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::untagging_keys(&input.tag_keys)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Self::Prepared> {
        managed_policy::check_own(cx, &input.policy_arn, text::POLICY_NOT_YOURS_TO_UPDATE)?;
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Self::Prepared) -> Result<()> {
        let policy = managed_policy::lock_own(tx, cx, &wanted.policy_arn)?;
        tx.tags().remove(cx.account(), &policy.id, &wanted.tag_keys)?;
        tx.touch(Touched::Policy { account: cx.account(), arn: wanted.policy_arn.clone() });
        Ok(())
    }
}
