//! DeleteUserPolicy: deletes an inline policy of a user, in force when it returns.

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeleteUserPolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::Named;

/// DeleteUserPolicy. Source: IAM API reference, DeleteUserPolicy.
pub struct DeleteUserPolicy;

impl Operation for DeleteUserPolicy {
    type Input = DeleteUserPolicyRequest;
    type Prepared = Named;
    type Output = ();
    const NAME: &'static str = "DeleteUserPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::User, &input.user_name)
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        grantee::boundary_keys(cx, PrincipalKind::User, &input.user_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Named> {
        Named::read_to_change(cx, PrincipalKind::User, &input.user_name, input.policy_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<()> {
        named.delete(tx, cx)
    }
}
