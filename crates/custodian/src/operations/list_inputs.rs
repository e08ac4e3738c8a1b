//! ListInputs: the inputs of a deployment, or those in force for a workload: where each comes from, and which of them
//! the workload could not be given now. Never the value of a credential.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::workloads::Workload;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::holder::{self, Named};
use crate::inputs::{self, Effective};

/// ListInputs.
pub struct ListInputs;

/// Whose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The workload.
    pub workload: Option<String>,
    /// Or the deployment.
    pub deployment: Option<String>,
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The inputs, by name.
    pub inputs: Vec<Shown>,
}

/// An input.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Where its value comes from; absent where it is required and not set.
    pub source: Option<String>,
    /// What says so: `deployment X` or `workload Y`.
    pub from: Option<String>,
    /// Whether the workload does not start without it.
    pub required: bool,
    /// Why the workload cannot be given it.
    pub problem: Option<String>,
}

impl Operation for ListInputs {
    type Input = Input;
    type Prepared = Named;
    type Output = Output;
    const NAME: &'static str = "ListInputs";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(Named::arn_of(cx, input.workload.as_deref(), input.deployment.as_deref()))
    }

    fn prepare(_: &Context, input: Input) -> Result<Named> {
        Named::of(input.workload, input.deployment)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, holder: &Named) -> Result<Output> {
        let inputs = match holder {
            Named::Workload(name) => {
                let workload = holder::workload(tx, cx, name)?;
                of_workload(tx, cx, &workload)?
            }
            Named::Deployment(name) => {
                let deployment = holder::deployment(tx, cx, name)?;
                let from = format!("deployment {}", deployment.name);
                let own = inputs::own(tx, cx, &deployment.id)?.into_iter();
                own.map(|(name, source)| Shown {
                    name,
                    source: Some(source.to_string()),
                    from: Some(from.clone()),
                    required: false,
                    problem: None,
                })
                .collect()
            }
        };
        Ok(Output { inputs })
    }
}

impl RestOperation for ListInputs {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/inputs" };
}

fn of_workload(tx: &mut Tx<'_>, cx: &Context, workload: &Workload) -> Result<Vec<Shown>> {
    let missing = inputs::locate_all(tx, cx, workload)?.missing;
    let deployment = match &workload.deployment_id {
        Some(id) => tx.workloads().find_deployment_by_id(cx.account(), id)?,
        None => None,
    };
    let deployment = deployment.map(|deployment| deployment.name).unwrap_or_default();
    let shown = |input: Effective| Shown {
        source: Some(input.source.to_string()),
        from: Some(if input.inherited {
            format!("deployment {deployment}")
        } else {
            format!("workload {}", workload.name)
        }),
        required: workload.required.contains(&input.name),
        problem: None,
        name: input.name,
    };
    let mut inputs: Vec<Shown> = inputs::effective(tx, cx, workload)?.into_iter().map(shown).collect();
    for missing in missing {
        match inputs.iter_mut().find(|input| input.name == missing.name) {
            Some(input) => input.problem = Some(missing.reason),
            None => inputs.push(Shown {
                name: missing.name,
                source: None,
                from: None,
                required: true,
                problem: Some(missing.reason),
            }),
        }
    }
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(inputs)
}
