//! GetLeakReport: a leak report with what the key did since it lies open: its sources, new ones marked, its audit
//! events, what it made, and what it could do; and what was done about it.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::leaks::reach::Reach;
use crate::leaks::{self, Shown, honey, traces};

/// GetLeakReport.
pub struct GetLeakReport;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub report_id: String,
}

/// The report, and what the key did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    #[serde(flatten)]
    report: Shown,
    /// What the key is now: Active, Inactive, honey, or gone.
    status: String,
    /// Whose it is.
    owner: Option<String>,
    /// What whoever has it could do.
    reach: Option<Reach>,
    /// Who used it since it lies open.
    uses: Vec<traces::Use>,
    /// What it did here.
    #[serde(flatten)]
    traces: traces::Events,
}

impl Operation for GetLeakReport {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetLeakReport";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(leaks::arn(cx, &input.report_id))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Input> {
        cx.flush_uses()?;
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let report = leaks::get(tx, cx, &input.report_id)?;
        let (key, exposed_at) = (report.access_key_id, report.exposed_at);
        let found = tx.access_keys().find(cx.account(), key)?;
        let owner = found.as_ref().and_then(|key| cx.find_owner(&key.owner_id));
        Ok(Output {
            status: match &found {
                Some(key) => key.status.as_str().to_owned(),
                None if report.source == honey::SOURCE => honey::SOURCE.to_owned(),
                None => "gone".to_owned(),
            },
            reach: owner.as_ref().map(|owner| Reach::of(tx, cx.gate(), owner, cx.now)).transpose()?,
            owner: owner.map(|owner| owner.arn().to_string()),
            uses: traces::uses(tx, cx, key, exposed_at)?,
            traces: traces::events(tx, cx, &report)?,
            report: report.into(),
        })
    }
}

impl RestOperation for GetLeakReport {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/leak-reports/{report_id}" };
}
