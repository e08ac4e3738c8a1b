//! ReportLeak: a key was seen where it does not belong. Anybody may say so of any key, signed or not; the answer is the
//! same whether or not there is such a key, and nothing is switched off by it.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::leak_reports::ReceivedReport;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::leaks::payload::{Part, Payload};
use crate::leaks::{self, intake};

/// ReportLeak.
pub struct ReportLeak;

/// What was seen, and where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The ids of keys.
    #[serde(default)]
    pub ids: Vec<String>,
    /// A text in which ids stand, and perhaps secrets; those are compared and not kept.
    pub secret_text: Option<String>,
    /// Where it was seen.
    #[serde(default)]
    pub url: String,
    /// Since when it lies open there, if that is known.
    pub exposed_at: Option<String>,
}

/// The same for every report.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Yes.
    pub accepted: bool,
}

impl Operation for ReportLeak {
    type Input = Input;
    type Prepared = Vec<ReceivedReport>;
    type Output = Output;
    const NAME: &'static str = "ReportLeak";
    const KIND: Kind = Kind::Write;
    // Strangers may.
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "leak-report/*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Vec<ReceivedReport>> {
        let text = format!("{}\n{}", input.ids.join("\n"), input.secret_text.unwrap_or_default());
        let exposed_at = input.exposed_at.as_deref().map(leaks::parse_time).transpose()?;
        let payload = Payload { source: "plain", parts: vec![Part { text, url: input.url, exposed_at }] };
        intake::read(cx.installation(), cx.rng(), payload, &cx.caller.arn().to_string(), cx.now)
    }

    fn commit(tx: &mut Tx<'_>, _: &Context, received: &Vec<ReceivedReport>) -> Result<Output> {
        intake::keep(tx, received)?;
        Ok(Output { accepted: true })
    }
}

impl RestOperation for ReportLeak {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/leak-reports" };
}
