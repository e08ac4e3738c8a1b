//! DeleteWorkload: forgets a workload with its inputs and grants. Its token is refused when this returns.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::authenticate::workload_arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::holder;
use crate::workload::Shown;

/// DeleteWorkload.
pub struct DeleteWorkload;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub workload: String,
}

impl Operation for DeleteWorkload {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "DeleteWorkload";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(workload_arn(cx.account(), &input.workload))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        let workload = holder::workload(tx, cx, &input.workload)?;
        tx.inputs().clear(cx.account(), &workload.id)?;
        tx.workloads().delete(cx.account(), &workload.id)?;
        Shown::of(tx, cx, workload)
    }
}

impl RestOperation for DeleteWorkload {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/workloads/{workload}" };
}
