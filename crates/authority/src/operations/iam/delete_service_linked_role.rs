//! DeleteServiceLinkedRole: the role of a service, at once. No service is here that could still need it.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{DeleteServiceLinkedRoleRequest, DeleteServiceLinkedRoleResponse};
use keystead_core::Arn;
use keystead_core::rng::uuid;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::role;

/// DeleteServiceLinkedRole. Source: IAM API reference, DeleteServiceLinkedRole.
pub struct DeleteServiceLinkedRole;

/// Which role, and what its deletion is asked after by.
pub struct Doomed {
    role: Arc<Principal>,
    task_id: String,
}

impl Operation for DeleteServiceLinkedRole {
    type Input = DeleteServiceLinkedRoleRequest;
    type Prepared = Doomed;
    type Output = DeleteServiceLinkedRoleResponse;
    const NAME: &'static str = "DeleteServiceLinkedRole";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Doomed> {
        let role = role::find(cx, &input.role_name)?;
        if !role::is_service_linked(&role) {
            return Err(Fault::NoSuchEntity(text::role_not_found(&input.role_name)));
        }
        let task_id = format!("task{}{}/{}", role.path, role.name, uuid(cx.rng()));
        Ok(Doomed { role, task_id })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, doomed: &Doomed) -> Result<DeleteServiceLinkedRoleResponse> {
        let (account, id) = (cx.account(), role::locked(tx, cx, &doomed.role)?.id);
        for policy_arn in tx.policy_attachments().list(account, &id, None, i64::MAX)? {
            tx.policy_attachments().detach(account, &id, &policy_arn)?;
        }
        tx.roles().delete(account, &id)?;
        tx.tags().clear(account, &id)?;
        tx.role_deletions().insert(account, &doomed.task_id, cx.now)?;
        tx.touch(Touched::Principal { account, id });
        Ok(DeleteServiceLinkedRoleResponse { deletion_task_id: doomed.task_id.clone() })
    }
}
