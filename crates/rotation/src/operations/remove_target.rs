//! RemoveTarget: Keystead brings the credential there no more. What it wrote stays where it is.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{managed, targets};

/// RemoveTarget.
pub struct RemoveTarget;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The target's name.
    pub name: String,
}

/// What was removed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The id of the consumer that reads there.
    pub consumer_id: String,
    /// Its name.
    pub name: String,
}

impl Operation for RemoveTarget {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "RemoveTarget";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let (credential, consumer, _) = targets::get(tx, cx, &input.credential, &input.name)?;
        tx.consumers().delete(cx.account(), &consumer.id)?;
        tx.touch(Touched::Custody { account: cx.account(), credential: credential.id });
        Ok(Output { consumer_id: consumer.id, name: consumer.name })
    }
}

impl RestOperation for RemoveTarget {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/credentials/{credential}/targets/{name}" };
}
