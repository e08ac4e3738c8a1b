//! ShowHoneyKeys: the honey keys of the account and where they lie. Nothing else lists them, and it is not called List…,
//! so that those who may list everything cannot tell them from keys that are gone.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use crate::leaks::honey::{self, Shown};

/// ShowHoneyKeys.
pub struct ShowHoneyKeys;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The keys.
    pub honey_keys: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ShowHoneyKeys {
    type Input = After;
    type Prepared = After;
    type Output = Output;
    const NAME: &'static str = "ShowHoneyKeys";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(honey::arn(cx, "*"))
    }

    fn prepare(_: &Context, input: After) -> Result<After> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &After) -> Result<Output> {
        let found = tx.honey_keys().list(cx.account(), input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.id.to_string());
        Ok(Output { honey_keys: found.into_iter().map(Shown::from).collect(), next })
    }
}

impl RestOperation for ShowHoneyKeys {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/honey-keys" };
}
