//! GetUserPolicy: an inline policy of a user, with its document.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetUserPolicyRequest, GetUserPolicyResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::Named;

/// GetUserPolicy. Source: IAM API reference, GetUserPolicy.
pub struct GetUserPolicy;

impl Operation for GetUserPolicy {
    type Input = GetUserPolicyRequest;
    type Prepared = Named;
    type Output = GetUserPolicyResponse;
    const NAME: &'static str = "GetUserPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::User, &input.user_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Named> {
        Named::read(cx, PrincipalKind::User, &input.user_name, input.policy_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<GetUserPolicyResponse> {
        let (user_name, policy_name, policy_document) = named.find(tx, cx)?;
        Ok(GetUserPolicyResponse { user_name, policy_name, policy_document })
    }
}
