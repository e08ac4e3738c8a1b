//! ListDue: the managed credentials in the order in which they need to be rotated, each with the reason.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Timestamp};
use keystead_gate::json::PAGE;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::urgency::weigh;

/// ListDue.
pub struct ListDue;

/// Which, and where to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `next` of the page before.
    pub after: Option<String>,
    /// Only those that stand so.
    pub only: Option<Only>,
}

/// How a credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// Its rotation waits for somebody.
    Blocked,
    /// A rotation runs.
    Running,
    /// None runs and none is planned.
    Unplanned,
    /// None runs, and its time has come.
    Due,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The credentials, the most urgent first.
    pub credentials: Vec<Line>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// A credential and why it stands where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    credential: String,
    user_name: String,
    access_key_id: String,
    score: u64,
    why: String,
    rotation_id: Option<String>,
    state: Option<String>,
    next_rotation_at: Option<String>,
}

impl Operation for ListDue {
    type Input = Input;
    type Prepared = (usize, Option<Only>);
    type Output = Output;
    const NAME: &'static str = "ListDue";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "rotation/*"))
    }

    fn prepare(_: &Context, input: Input) -> Result<(usize, Option<Only>)> {
        let wrong = |_| Fault::ValidationError("`after` is not the `next` of a page.".to_owned());
        let after = input.after.map_or(Ok(0), |text| text.parse().map_err(wrong))?;
        Ok((after, input.only))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (after, only): &(usize, Option<Only>)) -> Result<Output> {
        let mut lines: Vec<Line> = Vec::new();
        for line in tx.fleet().list_credentials(cx.account())? {
            let urgency = weigh(&line, cx.now);
            let (rotation_id, state) = line.rotation.unzip();
            let fits = match only {
                None => true,
                Some(Only::Blocked) => state.as_deref() == Some("blocked"),
                Some(Only::Running) => state.is_some(),
                Some(Only::Unplanned) => state.is_none() && line.schedule.is_none(),
                Some(Only::Due) => state.is_none() && line.next_at.is_some_and(|at| at <= cx.now),
            };
            if fits {
                lines.push(Line {
                    credential: line.name,
                    user_name: line.user_name,
                    access_key_id: line.key.to_string(),
                    score: urgency.score,
                    why: urgency.sentence,
                    rotation_id,
                    state,
                    next_rotation_at: line.next_at.map(Timestamp::to_iso8601),
                });
            }
        }
        lines.sort_by(|one, other| {
            other.score.cmp(&one.score).then_with(|| one.credential.cmp(&other.credential))
        });
        let next = (lines.len() > after + PAGE).then(|| (after + PAGE).to_string());
        Ok(Output { credentials: lines.into_iter().skip(*after).take(PAGE).collect(), next })
    }
}

impl RestOperation for ListDue {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/due-rotations" };
}
