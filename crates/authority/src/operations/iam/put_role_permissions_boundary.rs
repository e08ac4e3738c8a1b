//! PutRolePermissionsBoundary: bounds what a role may be allowed.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::PutRolePermissionsBoundaryRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{role, shape};

/// PutRolePermissionsBoundary. Source: IAM API reference, PutRolePermissionsBoundary.
pub struct PutRolePermissionsBoundary;

/// Which role, and by which policy.
pub struct Wanted {
    role: Arc<Principal>,
    boundary: String,
}

impl Operation for PutRolePermissionsBoundary {
    type Input = PutRolePermissionsBoundaryRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "PutRolePermissionsBoundary";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        ContextKeys::default().with("iam:PermissionsBoundary", &*input.permissions_boundary)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let role = role::find_modifiable(cx, &input.role_name)?;
        Ok(Wanted { role, boundary: shape::boundary(cx, input.permissions_boundary)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let mut role = role::locked(tx, cx, &wanted.role)?;
        shape::lock_boundary(tx, cx, &wanted.boundary)?;
        role.permissions_boundary = Some(wanted.boundary.clone());
        tx.roles().update(&role)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id });
        Ok(())
    }
}
