//! ListFreezes: the times in which rotations rest, those that are over left out.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use crate::frozen::{self, Shown};

/// ListFreezes.
pub struct ListFreezes;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The freezes.
    pub freezes: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListFreezes {
    type Input = After;
    type Prepared = After;
    type Output = Output;
    const NAME: &'static str = "ListFreezes";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(frozen::arn(cx, "*"))
    }

    fn prepare(_: &Context, input: After) -> Result<After> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &After) -> Result<Output> {
        let found = tx.freezes().list(cx.account(), cx.now, input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.id.clone());
        Ok(Output { freezes: found.into_iter().map(Shown::from).collect(), next })
    }
}

impl RestOperation for ListFreezes {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/freezes" };
}
