//! UpdateRole: another description, another length of sessions, or both; what is left out stays.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{UpdateRoleRequest, UpdateRoleResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::role;

/// UpdateRole. Source: IAM API reference, UpdateRole.
pub struct UpdateRole;

/// Which role, and what changes.
pub struct Wanted {
    role: Arc<Principal>,
    description: Option<String>,
    max_session_seconds: Option<i64>,
}

impl Operation for UpdateRole {
    type Input = UpdateRoleRequest;
    type Prepared = Wanted;
    type Output = UpdateRoleResponse;
    const NAME: &'static str = "UpdateRole";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let role = match input.max_session_duration {
            Some(_) => role::find_modifiable(cx, &input.role_name)?,
            None => role::find(cx, &input.role_name)?,
        };
        let (description, max_session_seconds) = (input.description, input.max_session_duration);
        Ok(Wanted { role, description, max_session_seconds })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<UpdateRoleResponse> {
        let mut role = role::locked(tx, cx, &wanted.role)?;
        role.description = wanted.description.clone().or(role.description);
        role.max_session_seconds = wanted.max_session_seconds.unwrap_or(role.max_session_seconds);
        tx.roles().update(&role)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id });
        Ok(UpdateRoleResponse {})
    }
}
