//! DeliverTarget: brings the key to a target that it is to hold, now. What somebody else wrote there is written over
//! where that is ordered, and not otherwise.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::machine::Failure;
use crate::managed;
use crate::targets::{self, Shown};

/// DeliverTarget.
pub struct DeliverTarget;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The target's name.
    pub name: String,
    /// Whether to write over what somebody else wrote.
    #[serde(default)]
    pub overwrite: bool,
}

impl Operation for DeliverTarget {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "DeliverTarget";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Input> {
        let overwrite = input.overwrite;
        let delivered =
            targets::at_place(cx, &input.credential, &input.name, |place| place.deliver_served(overwrite))?;
        delivered.map_err(|failure| {
            let sentence = targets::sentence(&input.name, &failure);
            match failure {
                Failure::Conflict => Fault::ConcurrentModification(sentence),
                _ => Fault::ValidationError(sentence),
            }
        })?;
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        let (_, consumer, target) = targets::get(tx, cx, &input.credential, &input.name)?;
        Ok(targets::show(consumer, target))
    }
}

impl RestOperation for DeliverTarget {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/credentials/{credential}/targets/{name}/deliver" };
}
