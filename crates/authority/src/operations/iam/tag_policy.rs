//! TagPolicy: puts tags on a managed policy; one whose key is there already is replaced.

use keystead_aws::error::{Result, text};
use keystead_aws::model::iam::TagPolicyRequest;
use keystead_core::{Arn, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{managed_policy, tagging};

/// TagPolicy. Source: IAM API reference, TagPolicy.
pub struct TagPolicy;

/// Which policy, and the tags it will have besides those it has.
pub struct Wanted {
    arn: String,
    tags: Vec<Tag>,
}

impl Operation for TagPolicy {
    type Input = TagPolicyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "TagPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        managed_policy::check_own(cx, &input.policy_arn, text::POLICY_NOT_YOURS_TO_UPDATE)?;
        Ok(Wanted { arn: input.policy_arn, tags: tagging::read_of_policy(input.tags)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let policy = managed_policy::lock_own(tx, cx, &wanted.arn)?;
        tagging::put(tx, cx, &policy.id, &wanted.tags)?;
        tx.touch(Touched::Policy { account: cx.account(), arn: wanted.arn.clone() });
        Ok(())
    }
}
