//! GetRole: one role with all that is known of it, except its policies.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetRoleRequest, GetRoleResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::role;

/// GetRole. Source: IAM API reference, GetRole.
pub struct GetRole;

impl Operation for GetRole {
    type Input = GetRoleRequest;
    type Prepared = Arc<Principal>;
    type Output = GetRoleResponse;
    const NAME: &'static str = "GetRole";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        role::find(cx, &input.role_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, role: &Arc<Principal>) -> Result<GetRoleResponse> {
        let role = role::get(tx, cx, role)?;
        Ok(GetRoleResponse { role: role::in_full(tx, cx, &role)? })
    }
}
