//! GetRolePolicy: an inline policy of a role, with its document.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetRolePolicyRequest, GetRolePolicyResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::Named;

/// GetRolePolicy. Source: IAM API reference, GetRolePolicy.
pub struct GetRolePolicy;

impl Operation for GetRolePolicy {
    type Input = GetRolePolicyRequest;
    type Prepared = Named;
    type Output = GetRolePolicyResponse;
    const NAME: &'static str = "GetRolePolicy";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Role, &input.role_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Named> {
        Named::read(cx, PrincipalKind::Role, &input.role_name, input.policy_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<GetRolePolicyResponse> {
        let (role_name, policy_name, policy_document) = named.find(tx, cx)?;
        Ok(GetRolePolicyResponse { role_name, policy_name, policy_document })
    }
}
