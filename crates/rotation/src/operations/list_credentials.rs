//! ListCredentials: the managed credentials, without secrets.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};

use crate::managed::{self, Shown};

/// ListCredentials.
pub struct ListCredentials;

/// Where to begin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The name after which to begin: `next` of the page before.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Serialize)]
pub struct Output {
    /// The credentials, by name.
    pub credentials: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

const PAGE: usize = 100;

impl Operation for ListCredentials {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "ListCredentials";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, "*"))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let found = tx.custody().list(cx.account(), input.after.as_deref(), PAGE as i64)?;
        let next = found.last().filter(|_| found.len() == PAGE).map(|last| last.name.clone());
        Ok(Output { credentials: found.into_iter().map(Shown::from).collect(), next })
    }
}

impl RestOperation for ListCredentials {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/credentials" };
}
