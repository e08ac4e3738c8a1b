//! UpdateWorkload: what a workload is for, and the inputs it does not start without.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::authenticate::workload_arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::workload::{self, Shown};
use crate::{holder, stored};

/// UpdateWorkload.
pub struct UpdateWorkload;

/// Which, and what is new about it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub workload: String,
    /// What it is for.
    pub description: Option<String>,
    /// The inputs without which it does not start, in the place of those it has.
    pub required: Option<Vec<String>>,
}

/// Input that can be right.
pub struct Wanted {
    workload: String,
    description: Option<String>,
    required: Option<Vec<String>>,
}

impl Operation for UpdateWorkload {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Shown;
    const NAME: &'static str = "UpdateWorkload";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(workload_arn(cx.account(), &input.workload))
    }

    fn prepare(_: &Context, input: Input) -> Result<Wanted> {
        Ok(Wanted {
            workload: input.workload,
            description: input.description.map(|text| stored::description(Some(text))).transpose()?,
            required: input.required.map(workload::required).transpose()?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        let mut workload = holder::workload(tx, cx, &wanted.workload)?;
        if let Some(description) = &wanted.description {
            workload.description.clone_from(description);
        }
        if let Some(required) = &wanted.required {
            workload.required.clone_from(required);
        }
        workload.updated_at = cx.now;
        tx.workloads().update(&workload)?;
        Shown::of(tx, cx, workload)
    }
}

impl RestOperation for UpdateWorkload {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/workloads/{workload}" };
}
