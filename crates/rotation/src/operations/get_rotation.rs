//! GetRotation: where a rotation stands: what it waits for, who uses which key, what it asks.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::shown::{self, Shown};

/// GetRotation.
pub struct GetRotation;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub rotation_id: String,
}

impl Operation for GetRotation {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "GetRotation";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(shown::arn(cx, &input.rotation_id))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Input> {
        cx.flush_uses()?;
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        shown::show(tx, cx, &input.rotation_id)
    }
}

impl RestOperation for GetRotation {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/rotations/{rotation_id}" };
}
