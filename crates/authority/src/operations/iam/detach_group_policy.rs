//! DetachGroupPolicy: takes a managed policy away from a group, in force when it returns.

use keystead_aws::error::Result;
use keystead_aws::model::iam::DetachGroupPolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::attached_policies::{self, Wanted};
use crate::grantee;

/// DetachGroupPolicy. Source: IAM API reference, DetachGroupPolicy.
pub struct DetachGroupPolicy;

impl Operation for DetachGroupPolicy {
    type Input = DetachGroupPolicyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "DetachGroupPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Group, &input.group_name)
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        attached_policies::keys(cx, PrincipalKind::Group, &input.group_name, &input.policy_arn)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Wanted::read(cx, PrincipalKind::Group, &input.group_name, input.policy_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        wanted.detach(tx, cx)
    }
}
