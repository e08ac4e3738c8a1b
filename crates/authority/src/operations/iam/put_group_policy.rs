//! PutGroupPolicy: gives a group an inline policy, in the place of the one of that name if there is one.

use keystead_aws::error::Result;
use keystead_aws::model::iam::PutGroupPolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::{Named, New};

/// PutGroupPolicy. Source: IAM API reference, PutGroupPolicy.
pub struct PutGroupPolicy;

impl Operation for PutGroupPolicy {
    type Input = PutGroupPolicyRequest;
    type Prepared = New;
    type Output = ();
    const NAME: &'static str = "PutGroupPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Group, &input.group_name)
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        grantee::boundary_keys(cx, PrincipalKind::Group, &input.group_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<New> {
        let named = Named::read_to_change(cx, PrincipalKind::Group, &input.group_name, input.policy_name)?;
        New::read(cx, named, input.policy_document)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &New) -> Result<()> {
        new.put(tx, cx)
    }
}
