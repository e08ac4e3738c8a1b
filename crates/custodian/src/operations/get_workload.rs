//! GetWorkload: one workload.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::authenticate::workload_arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::holder;
use crate::workload::Shown;

/// GetWorkload.
pub struct GetWorkload;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub workload: String,
}

impl Operation for GetWorkload {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "GetWorkload";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(workload_arn(cx.account(), &input.workload))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        let workload = holder::workload(tx, cx, &input.workload)?;
        Shown::of(tx, cx, workload)
    }
}

impl RestOperation for GetWorkload {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/workloads/{workload}" };
}
