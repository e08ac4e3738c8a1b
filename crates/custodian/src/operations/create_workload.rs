//! CreateWorkload: a process that is given inputs, by itself or as one of a deployment. To put one into a deployment
//! is to let it have the deployment's inputs, so policies are asked about the deployment as well.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Arn, Quota};
use keystead_gate::authenticate::workload_arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::workloads::Workload;
use keystead_store::{OnConstraint, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::workload::{self, Shown};
use crate::{holder, stored};

/// CreateWorkload.
pub struct CreateWorkload;

/// What is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name for it, unique in the account.
    pub name: String,
    /// The deployment it belongs to, for good.
    pub deployment: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The inputs without which it does not start.
    #[serde(default)]
    pub required: Vec<String>,
}

/// A workload before there is a row for it, and its deployment's name.
pub struct Drawn {
    workload: Workload,
    deployment: Option<String>,
}

impl Operation for CreateWorkload {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Shown;
    const NAME: &'static str = "CreateWorkload";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(workload_arn(cx.account(), &input.name))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        holder::check_name(&input.name)?;
        if let Some(deployment) = &input.deployment {
            let deployment = holder::deployment_arn(cx, deployment);
            cx.authorize("keystead:CreateWorkload", &deployment, &ContextKeys::default())?;
        }
        let workload = Workload {
            account: cx.account(),
            id: uuid(cx.rng()),
            deployment_id: None,
            name: input.name,
            description: stored::description(input.description)?,
            required: workload::required(input.required)?,
            enrolled_at: None,
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
            updated_at: cx.now,
        };
        Ok(Drawn { workload, deployment: input.deployment })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        let count = tx.workloads().count(cx.account())?.cast_unsigned();
        cx.check_quota(Quota::Workloads, count + 1)?;
        let deployment_id = match &drawn.deployment {
            Some(name) => Some(holder::deployment(tx, cx, name)?.id),
            None => None,
        };
        let workload = Workload { deployment_id, ..drawn.workload.clone() };
        tx.workloads().insert(&workload).on_constraint("workloads_name_unique", || {
            Fault::EntityAlreadyExists(format!("A workload with name {} exists.", workload.name))
        })?;
        Shown::of(tx, cx, workload)
    }
}

impl RestOperation for CreateWorkload {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/workloads" };
}
