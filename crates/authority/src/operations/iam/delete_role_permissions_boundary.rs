//! DeleteRolePermissionsBoundary: a role is bounded no longer; one that was not is no error.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeleteRolePermissionsBoundaryRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::role;

/// DeleteRolePermissionsBoundary. Source: IAM API reference, DeleteRolePermissionsBoundary.
pub struct DeleteRolePermissionsBoundary;

impl Operation for DeleteRolePermissionsBoundary {
    type Input = DeleteRolePermissionsBoundaryRequest;
    type Prepared = Arc<Principal>;
    type Output = ();
    const NAME: &'static str = "DeleteRolePermissionsBoundary";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        role::boundary_keys(cx, &input.role_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        role::find_modifiable(cx, &input.role_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, role: &Arc<Principal>) -> Result<()> {
        let mut role = role::locked(tx, cx, role)?;
        role.permissions_boundary = None;
        tx.roles().update(&role)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id });
        Ok(())
    }
}
