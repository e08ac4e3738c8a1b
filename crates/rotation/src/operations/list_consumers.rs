//! ListConsumers: the applications that may fetch a credential, and where each stands.

use keystead_aws::error::Result;
use keystead_core::{Arn, Timestamp};
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::consumers::Consumer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::managed;

/// ListConsumers.
pub struct ListConsumers;

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
    pub consumers: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// A consumer without its token.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    consumer_id: String,
    name: String,
    kind: String,
    app_id: Option<String>,
    required: bool,
    serving_access_key_id: String,
    applied_access_key_id: Option<String>,
    applied_at: Option<String>,
    created_at: String,
}

impl From<Consumer> for Shown {
    fn from(row: Consumer) -> Self {
        Self {
            consumer_id: row.id,
            name: row.name,
            kind: row.kind,
            app_id: row.app_id,
            required: row.required,
            serving_access_key_id: row.serving_access_key_id.to_string(),
            applied_access_key_id: row.applied_access_key_id.map(|id| id.to_string()),
            applied_at: row.applied_at.map(Timestamp::to_iso8601),
            created_at: row.created_at.to_iso8601(),
        }
    }
}

impl Operation for ListConsumers {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "ListConsumers";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let credential = managed::get(tx, cx, &input.credential)?;
        let found = tx.consumers().list(cx.account(), &credential.id, input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.name.clone());
        Ok(Output { consumers: found.into_iter().map(Shown::from).collect(), next })
    }
}

impl RestOperation for ListConsumers {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/credentials/{credential}/consumers" };
}
