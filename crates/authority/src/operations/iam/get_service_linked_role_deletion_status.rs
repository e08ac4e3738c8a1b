//! GetServiceLinkedRoleDeletionStatus: how the deletion of a role of a service went. All that were begun were done.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{
    GetServiceLinkedRoleDeletionStatusRequest, GetServiceLinkedRoleDeletionStatusResponse,
};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// GetServiceLinkedRoleDeletionStatus. Source: IAM API reference, GetServiceLinkedRoleDeletionStatus.
pub struct GetServiceLinkedRoleDeletionStatus;

impl Operation for GetServiceLinkedRoleDeletionStatus {
    type Input = GetServiceLinkedRoleDeletionStatusRequest;
    type Prepared = String;
    type Output = GetServiceLinkedRoleDeletionStatusResponse;
    const NAME: &'static str = "GetServiceLinkedRoleDeletionStatus";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        let (path, name) = read_task_id(&input.deletion_task_id)?;
        Ok(Arn::role(cx.account(), path, name))
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        Ok(input.deletion_task_id)
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        task_id: &String,
    ) -> Result<GetServiceLinkedRoleDeletionStatusResponse> {
        if tx.role_deletions().find(cx.account(), task_id)?.is_none() {
            return Err(Fault::NoSuchEntity(format!("The deletion task with id {task_id} cannot be found.")));
        }
        Ok(GetServiceLinkedRoleDeletionStatusResponse { status: "SUCCEEDED".to_owned(), reason: None })
    }
}

/// Path and name of the role in a task's id: `task/aws-service-role/SERVICE/ROLE/UUID`.
fn read_task_id(task_id: &str) -> Result<(&str, &str)> {
    let read = || {
        let (role, _uuid) = task_id.strip_prefix("task")?.rsplit_once('/')?;
        let slash = role.rfind('/')?;
        role.starts_with('/').then(|| role.split_at(slash + 1))
    };
    read().ok_or_else(|| {
        let form = "task/aws-service-role/SERVICE/ROLE/UUID";
        Fault::InvalidInput(format!("{task_id} is no id of a deletion task, which is like {form}."))
    })
}
