//! RemoveConsumer: an application may no longer fetch a credential. Its token is refused from now on.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::managed;

/// RemoveConsumer.
pub struct RemoveConsumer;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The consumer's name.
    pub name: String,
}

/// What was removed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its id.
    pub consumer_id: String,
    /// Its name.
    pub name: String,
}

impl Operation for RemoveConsumer {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "RemoveConsumer";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let credential = managed::get_to_change(tx, cx, &input.credential)?;
        let found = tx.consumers().find_by_name(cx.account(), &credential.id, &input.name)?;
        let consumer = found.ok_or_else(|| {
            Fault::NoSuchEntity(format!("The credential has no consumer with name {}.", input.name))
        })?;
        tx.consumers().delete(cx.account(), &consumer.id)?;
        tx.touch(Touched::Custody { account: cx.account(), credential: credential.id });
        Ok(Output { consumer_id: consumer.id, name: consumer.name })
    }
}

impl RestOperation for RemoveConsumer {
    const ROUTE: Route =
        Route { method: "DELETE", path: "/api/v1/credentials/{credential}/consumers/{name}" };
}
