//! PutUserPermissionsBoundary: bounds what a user may be allowed by a managed policy, in force when it returns.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::PutUserPermissionsBoundaryRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{grantee, shape};

/// PutUserPermissionsBoundary. Source: IAM API reference, PutUserPermissionsBoundary.
pub struct PutUserPermissionsBoundary;

/// Whom, and by which policy.
pub struct Wanted {
    user: Arc<Principal>,
    policy_arn: String,
}

impl Operation for PutUserPermissionsBoundary {
    type Input = PutUserPermissionsBoundaryRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "PutUserPermissionsBoundary";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::User, &input.user_name)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        ContextKeys::default().with("iam:PermissionsBoundary", &*input.permissions_boundary)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let user = grantee::find(cx, PrincipalKind::User, &input.user_name)?;
        Ok(Wanted { user, policy_arn: shape::boundary(cx, input.permissions_boundary)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let id = grantee::lock(tx, cx, &wanted.user)?;
        shape::lock_boundary(tx, cx, &wanted.policy_arn)?;
        tx.users().set_boundary(cx.account(), &id, Some(&wanted.policy_arn))?;
        tx.touch(Touched::Principal { account: cx.account(), id });
        Ok(())
    }
}
