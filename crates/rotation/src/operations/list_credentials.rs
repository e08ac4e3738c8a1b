//! ListCredentials: the managed credentials, without secrets.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use crate::managed::{self, Shown};

/// ListCredentials.
pub struct ListCredentials;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The credentials, by name.
    pub credentials: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListCredentials {
    type Input = After;
    type Prepared = After;
    type Output = Output;
    const NAME: &'static str = "ListCredentials";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(managed::arn(cx, "*"))
    }

    fn prepare(_: &Context, input: After) -> Result<After> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &After) -> Result<Output> {
        let found = tx.custody().list(cx.account(), input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.name.clone());
        Ok(Output { credentials: found.into_iter().map(Shown::from).collect(), next })
    }
}

impl RestOperation for ListCredentials {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/credentials" };
}
