//! ListWorkloads: the workloads, of one deployment or all, by name.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::authenticate::workload_arn;
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::holder;
use crate::workload::Shown;

/// ListWorkloads.
pub struct ListWorkloads;

/// Of which deployment, and where to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The deployment; all workloads if none is given.
    pub deployment: Option<String>,
    /// The name after which to begin: `next` of the page before.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The workloads, by name.
    pub workloads: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListWorkloads {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "ListWorkloads";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(workload_arn(cx.account(), "*"))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let deployment_id = match &input.deployment {
            Some(name) => Some(holder::deployment(tx, cx, name)?.id),
            None => None,
        };
        let after = input.after.as_deref();
        let found = tx.workloads().list(cx.account(), deployment_id.as_deref(), after, PAGE as i64)?;
        let next = next_page(&found, |last| last.name.clone());
        let mut workloads = Vec::with_capacity(found.len());
        for row in found {
            workloads.push(Shown::of(tx, cx, row)?);
        }
        Ok(Output { workloads, next })
    }
}

impl RestOperation for ListWorkloads {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/workloads" };
}
