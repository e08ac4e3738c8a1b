//! GetConsumerMap: everybody who uses a credential or is enrolled to, known or not, and how often.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::PAGE;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::consumer_map::{self, Mapped};
use crate::managed;

/// GetConsumerMap.
pub struct GetConsumerMap;

/// Whose, and where to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The name after which to begin: `next` of the page before.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The consumers, by name.
    pub consumers: Vec<Mapped>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for GetConsumerMap {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetConsumerMap";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Input> {
        cx.flush_uses()?;
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let credential = managed::get(tx, cx, &input.credential)?;
        let after = input.after.as_deref().unwrap_or_default();
        let mut consumers = consumer_map::draw(tx, &credential, cx.now)?;
        consumers.retain(|consumer| consumer.name.as_str() > after);
        let is_more = consumers.len() > PAGE;
        consumers.truncate(PAGE);
        let next = consumers.last().filter(|_| is_more).map(|last| last.name.clone());
        Ok(Output { consumers, next })
    }
}

impl RestOperation for GetConsumerMap {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/credentials/{credential}/consumer-map" };
}
