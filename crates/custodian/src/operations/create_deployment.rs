//! CreateDeployment: workloads that belong together, and inherit its inputs.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Arn, Quota};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::workloads::Deployment;
use keystead_store::{OnConstraint, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{holder, stored};

/// CreateDeployment.
pub struct CreateDeployment;

/// What is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name for it, unique in the account.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

/// A deployment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who made it.
    pub created_by: String,
    /// When, RFC 3339.
    pub created_at: String,
}

impl From<Deployment> for Shown {
    fn from(row: Deployment) -> Self {
        Self {
            name: row.name,
            description: row.description,
            created_by: row.created_by,
            created_at: row.created_at.to_iso8601(),
        }
    }
}

impl Operation for CreateDeployment {
    type Input = Input;
    type Prepared = Deployment;
    type Output = Shown;
    const NAME: &'static str = "CreateDeployment";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(holder::deployment_arn(cx, &input.name))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Deployment> {
        holder::check_name(&input.name)?;
        Ok(Deployment {
            account: cx.account(),
            id: uuid(cx.rng()),
            name: input.name,
            description: stored::description(input.description)?,
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, deployment: &Deployment) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        let count = tx.workloads().count_deployments(cx.account())?.cast_unsigned();
        cx.check_quota(Quota::Deployments, count + 1)?;
        tx.workloads().insert_deployment(deployment).on_constraint("deployments_name_unique", || {
            Fault::EntityAlreadyExists(format!("A deployment with name {} exists.", deployment.name))
        })?;
        Ok(deployment.clone().into())
    }
}

impl RestOperation for CreateDeployment {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/deployments" };
}
