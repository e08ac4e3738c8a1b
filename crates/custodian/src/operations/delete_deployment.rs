//! DeleteDeployment: forgets a deployment with its inputs and grants, once it has no workloads.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::create_deployment::Shown;
use crate::holder;

/// DeleteDeployment.
pub struct DeleteDeployment;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub deployment: String,
}

impl Operation for DeleteDeployment {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "DeleteDeployment";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(holder::deployment_arn(cx, &input.deployment))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        let deployment = holder::deployment(tx, cx, &input.deployment)?;
        let workloads = tx.workloads().list(cx.account(), Some(&deployment.id), None, 1)?;
        if let Some(workload) = workloads.first() {
            return Err(Fault::DeleteConflict(format!(
                "The deployment {} has workloads, {} for one. Delete them first.",
                deployment.name, workload.name
            )));
        }
        tx.inputs().clear(cx.account(), &deployment.id)?;
        tx.workloads().delete_deployment(cx.account(), &deployment.id)?;
        Ok(deployment.into())
    }
}

impl RestOperation for DeleteDeployment {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/deployments/{deployment}" };
}
