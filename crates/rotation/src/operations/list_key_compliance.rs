//! ListKeyCompliance: every access key of the account, and whether it keeps to a rule of age. A rotation stays right
//! from its first to its last day.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, KeyStatus, Timestamp};
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::compliance::Rule;

/// ListKeyCompliance.
pub struct ListKeyCompliance;

/// By which rule, and where to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `cis`, `90d` or a number of days; `90d` when not said.
    pub rule: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The keys, by id.
    pub keys: Vec<Line>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// A key and what the rule says of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    access_key_id: String,
    user_name: Option<String>,
    status: &'static str,
    created_at: String,
    last_used_at: Option<String>,
    credential: Option<String>,
    rotation_id: Option<String>,
    compliant: bool,
    why: String,
}

impl Operation for ListKeyCompliance {
    type Input = Input;
    type Prepared = (Rule, Option<String>);
    type Output = Output;
    const NAME: &'static str = "ListKeyCompliance";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "key/*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<(Rule, Option<String>)> {
        cx.flush_uses()?;
        let rule = input.rule.as_deref().map_or(Some(Rule::Days(90)), Rule::parse).ok_or_else(|| {
            Fault::ValidationError("`rule` is `cis`, `90d` or a number of days.".to_owned())
        })?;
        Ok((rule, input.after))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (rule, after): &(Rule, Option<String>)) -> Result<Output> {
        let found = tx.fleet().list_keys(cx.account(), after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.key.to_string());
        let line = |key: keystead_store::fleet::KeyLine| {
            let (compliant, why) = rule.check(&key, cx.now);
            Line {
                access_key_id: key.key.to_string(),
                status: KeyStatus::as_str(key.status),
                created_at: key.created_at.to_iso8601(),
                last_used_at: key.last_used_at.map(Timestamp::to_iso8601),
                user_name: key.user_name,
                credential: key.credential,
                rotation_id: key.rotation_id,
                compliant,
                why,
            }
        };
        Ok(Output { keys: found.into_iter().map(line).collect(), next })
    }
}

impl RestOperation for ListKeyCompliance {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/key-compliance" };
}
