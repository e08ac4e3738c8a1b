//! DeleteFreeze: a freeze ends now. What it held goes on by itself.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::frozen;

/// DeleteFreeze.
pub struct DeleteFreeze;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub freeze_id: String,
}

/// What was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its id.
    pub freeze_id: String,
}

impl Operation for DeleteFreeze {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "DeleteFreeze";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(frozen::arn(cx, &input.freeze_id))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        if !tx.freezes().delete(cx.account(), &input.freeze_id)? {
            return Err(Fault::NoSuchEntity(format!("There is no freeze {}.", input.freeze_id)));
        }
        tx.rotations().wake_all(cx.account(), cx.now)?;
        Ok(Output { freeze_id: input.freeze_id.clone() })
    }
}

impl RestOperation for DeleteFreeze {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/freezes/{freeze_id}" };
}
