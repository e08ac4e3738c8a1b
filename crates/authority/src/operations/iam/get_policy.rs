//! GetPolicy: a managed policy with its description and tags, without its document.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetPolicyRequest, GetPolicyResponse, Policy};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::managed_policy::{self, Described};
use crate::tagging;

/// GetPolicy. Source: IAM API reference, GetPolicy.
pub struct GetPolicy;

impl Operation for GetPolicy {
    type Input = GetPolicyRequest;
    type Prepared = String;
    type Output = GetPolicyResponse;
    const NAME: &'static str = "GetPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        Ok(input.policy_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, arn: &String) -> Result<GetPolicyResponse> {
        let policy = Described::get(tx, cx, arn)?;
        let usage = tx.policy_usage().of(cx.account(), arn)?;
        let tags = tagging::all(tx, cx, &policy.id)?;
        let shown = policy.shown(usage);
        let policy = Policy { description: policy.description, tags: Some(tags), ..shown };
        Ok(GetPolicyResponse { policy: Some(policy) })
    }
}
