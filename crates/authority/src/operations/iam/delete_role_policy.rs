//! DeleteRolePolicy: deletes an inline policy of a role, in force when it returns.

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeleteRolePolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::Named;

/// DeleteRolePolicy. Source: IAM API reference, DeleteRolePolicy.
pub struct DeleteRolePolicy;

impl Operation for DeleteRolePolicy {
    type Input = DeleteRolePolicyRequest;
    type Prepared = Named;
    type Output = ();
    const NAME: &'static str = "DeleteRolePolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Role, &input.role_name)
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        grantee::boundary_keys(cx, PrincipalKind::Role, &input.role_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Named> {
        Named::read_to_change(cx, PrincipalKind::Role, &input.role_name, input.policy_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<()> {
        named.delete(tx, cx)
    }
}
