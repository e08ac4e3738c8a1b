//! UpdateRoleDescription: another description.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{self, UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::role;

/// UpdateRoleDescription. Source: IAM API reference, UpdateRoleDescription.
pub struct UpdateRoleDescription;

/// Which role, and what it is for.
pub struct Wanted {
    role: Arc<Principal>,
    description: String,
}

impl Operation for UpdateRoleDescription {
    type Input = UpdateRoleDescriptionRequest;
    type Prepared = Wanted;
    type Output = UpdateRoleDescriptionResponse;
    const NAME: &'static str = "UpdateRoleDescription";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { role: role::find(cx, &input.role_name)?, description: input.description })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<UpdateRoleDescriptionResponse> {
        let mut role = role::locked(tx, cx, &wanted.role)?;
        role.description = Some(wanted.description.clone());
        tx.roles().update(&role)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id.clone() });
        let shown = iam::Role { description: role.description.clone(), ..role::shown(cx, &role) };
        Ok(UpdateRoleDescriptionResponse { role: Some(shown) })
    }
}
