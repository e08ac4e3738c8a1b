//! RevealInputs: an enrolled workload fetches its inputs, all of them or, with a list of what is missing, none. Values
//! are looked up now, so what was deleted, taken back or has expired is not given, however long the workload waited.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::inputs::{self, Located, Survey};

/// RevealInputs.
pub struct RevealInputs;

/// Nothing: a workload has its own inputs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The inputs. Has no `Debug`.
#[derive(Serialize, ToSchema)]
pub struct Output {
    /// The workload's name.
    pub workload: String,
    /// Environment variables, by name.
    pub inputs: Vec<Variable>,
}

/// An environment variable. Has no `Debug`.
#[derive(Serialize, ToSchema)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; absent where the machine has it.
    pub value: Option<String>,
    /// The variable of the machine whose value it takes.
    pub machine_variable: Option<String>,
    /// Whether the value is to be hidden wherever output is kept.
    pub sensitive: bool,
}

impl Operation for RevealInputs {
    type Input = Input;
    type Prepared = String;
    type Output = Output;
    const NAME: &'static str = "RevealInputs";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        cx.workload_id()?;
        Ok(cx.caller.arn())
    }

    fn prepare(cx: &Context, _: Input) -> Result<String> {
        Ok(cx.workload_id()?.to_owned())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, workload_id: &String) -> Result<Output> {
        let found = tx.workloads().find_by_id(cx.account(), workload_id)?;
        let workload = found.ok_or_else(|| Fault::NoSuchEntity("The workload is gone.".to_owned()))?;
        inputs::hold(tx, cx, &workload)?;
        let Survey { located, missing } = inputs::locate_all(tx, cx, &workload)?;
        if !missing.is_empty() {
            let list: Vec<String> =
                missing.iter().map(|missing| format!("{}: {}", missing.name, missing.reason)).collect();
            return Err(Fault::InputsMissing(format!(
                "The workload {} cannot be given its inputs. {}.",
                workload.name,
                list.join("; ")
            )));
        }
        let mut variables = Vec::with_capacity(located.len());
        for (input, located) in located {
            let machine_variable = match &located {
                Located::Machine(variable) => Some(variable.clone()),
                _ => None,
            };
            let value = match machine_variable {
                None => Some(located.open(tx, cx)?.expose().clone()),
                Some(_) => None,
            };
            let sensitive = located.is_sensitive();
            variables.push(Variable { name: input.name, value, machine_variable, sensitive });
        }
        Ok(Output { workload: workload.name, inputs: variables })
    }
}

impl RestOperation for RevealInputs {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/workload/inputs" };
    const AUDIENCE: Audience = Audience::Workloads;
}
