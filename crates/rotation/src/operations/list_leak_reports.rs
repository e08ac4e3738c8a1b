//! ListLeakReports: where keys of the account were reported to have been seen, the newest report first.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Timestamp};
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::leak_reports::LeakCursor;
use serde::Serialize;
use utoipa::ToSchema;

use crate::leaks::{self, Shown};

/// ListLeakReports.
pub struct ListLeakReports;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The reports, newest first.
    pub leak_reports: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListLeakReports {
    type Input = After;
    type Prepared = Option<LeakCursor>;
    type Output = Output;
    const NAME: &'static str = "ListLeakReports";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(leaks::arn(cx, "*"))
    }

    fn prepare(_: &Context, input: After) -> Result<Option<LeakCursor>> {
        let wrong = || Fault::ValidationError("`after` is not the `next` of a page.".to_owned());
        input.after.map(|text| parse(&text).ok_or_else(wrong)).transpose()
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, after: &Option<LeakCursor>) -> Result<Output> {
        let found = tx.leak_reports().list(cx.account(), after.as_ref(), PAGE as i64)?;
        let next = next_page(&found, |report| format!("{}.{}", report.reported_at.micros(), report.id));
        Ok(Output { leak_reports: found.into_iter().map(Shown::from).collect(), next })
    }
}

impl RestOperation for ListLeakReports {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/leak-reports" };
}

fn parse(text: &str) -> Option<LeakCursor> {
    let (at, id) = text.split_once('.')?;
    Some(LeakCursor { reported_at: Timestamp::from_micros(at.parse().ok()?), id: id.to_owned() })
}
