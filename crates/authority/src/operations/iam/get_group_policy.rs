//! GetGroupPolicy: an inline policy of a group, with its document.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetGroupPolicyRequest, GetGroupPolicyResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::Named;

/// GetGroupPolicy. Source: IAM API reference, GetGroupPolicy.
pub struct GetGroupPolicy;

impl Operation for GetGroupPolicy {
    type Input = GetGroupPolicyRequest;
    type Prepared = Named;
    type Output = GetGroupPolicyResponse;
    const NAME: &'static str = "GetGroupPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Group, &input.group_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Named> {
        Named::read(cx, PrincipalKind::Group, &input.group_name, input.policy_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<GetGroupPolicyResponse> {
        let (group_name, policy_name, policy_document) = named.find(tx, cx)?;
        Ok(GetGroupPolicyResponse { group_name, policy_name, policy_document })
    }
}
