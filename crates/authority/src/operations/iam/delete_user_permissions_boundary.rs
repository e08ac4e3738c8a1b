//! DeleteUserPermissionsBoundary: lets a user do again whatever its policies allow.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeleteUserPermissionsBoundaryRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::grantee;

/// DeleteUserPermissionsBoundary. Source: IAM API reference, DeleteUserPermissionsBoundary.
pub struct DeleteUserPermissionsBoundary;

impl Operation for DeleteUserPermissionsBoundary {
    type Input = DeleteUserPermissionsBoundaryRequest;
    type Prepared = Arc<Principal>;
    type Output = ();
    const NAME: &'static str = "DeleteUserPermissionsBoundary";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::User, &input.user_name)
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        grantee::boundary_keys(cx, PrincipalKind::User, &input.user_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        grantee::find(cx, PrincipalKind::User, &input.user_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, user: &Arc<Principal>) -> Result<()> {
        let id = grantee::lock(tx, cx, user)?;
        tx.users().set_boundary(cx.account(), &id, None)?;
        tx.touch(Touched::Principal { account: cx.account(), id });
        Ok(())
    }
}
