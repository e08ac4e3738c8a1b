//! ListTargets: where Keystead itself brings a credential, and how each stands.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::managed;
use crate::targets::{self, Shown};

/// ListTargets.
pub struct ListTargets;

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
    /// The targets, by name.
    pub targets: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListTargets {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "ListTargets";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let credential = managed::get(tx, cx, &input.credential)?;
        // A page of consumers, of which some are no targets: it may be shorter than others.
        let found = tx.consumers().list(cx.account(), &credential.id, input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.name.clone());
        let mut shown = Vec::new();
        for consumer in found {
            let target = tx.delivery_targets().find(cx.account(), &consumer.id)?;
            shown.extend(target.map(|target| targets::show(consumer, target)));
        }
        Ok(Output { targets: shown, next })
    }
}

impl RestOperation for ListTargets {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/credentials/{credential}/targets" };
}
