//! ListKeyUses: who uses an access key or signing certificate, as verification has seen it.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{Arn, KeyId, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::uses::{KeyUse, begin_of, day_of};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// ListKeyUses.
pub struct ListKeyUses;

/// Which key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id, or that of a signing certificate.
    pub access_key_id: String,
}

/// Everyone who used it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The consumers, the most recent first; at most 64 and one named `others`.
    pub consumers: Vec<Shown>,
    /// The days of the last thirty on which it was used, the oldest first.
    pub days: Vec<Day>,
}

/// A day of UTC.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    /// The date.
    day: String,
    /// Accepted uses on it.
    uses: i64,
}

/// One consumer: told apart by who asked, address, service, region and application id.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    consumer: String,
    app_id: Option<String>,
    source_address: Option<String>,
    service: Option<String>,
    region: Option<String>,
    verifier_id: Option<String>,
    user_agent: Option<String>,
    first_used_at: Option<String>,
    last_used_at: Option<String>,
    uses: i64,
    refused_at: Option<String>,
    refusals: i64,
}

/// How many days are shown, today included.
const DAYS_SHOWN: i64 = 30;

impl Operation for ListKeyUses {
    type Input = Input;
    type Prepared = KeyId;
    type Output = Output;
    const NAME: &'static str = "ListKeyUses";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        let owner = input.access_key_id.parse().ok().and_then(|id| cx.ring().owner_of(id));
        let owner = owner.filter(|owner| owner.account == cx.account());
        Ok(owner.map_or_else(Arn::any, |owner| owner.arn()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<KeyId> {
        let id = input.access_key_id.parse().map_err(|_| not_found(&input.access_key_id))?;
        cx.flush_uses()?;
        Ok(id)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, id: &KeyId) -> Result<Output> {
        let is_known = match id.access_key() {
            Some(id) => tx.access_keys().find(cx.account(), id)?.is_some(),
            None => tx.signing_certificates().find(cx.account(), id.as_str())?.is_some(),
        };
        if !is_known {
            return Err(not_found(id.as_str()));
        }
        let mut uses = tx.uses().list_by_key(cx.account(), *id)?;
        uses.sort_by_key(|used| std::cmp::Reverse(used.last_used_at.max(used.refused_at)));
        let days = tx.uses().list_days(cx.account(), *id, day_of(cx.now) - DAYS_SHOWN + 1)?;
        Ok(Output {
            consumers: uses.into_iter().map(shown).collect(),
            days: days.into_iter().map(|of| Day { day: date(of.day), uses: of.uses }).collect(),
        })
    }
}

impl RestOperation for ListKeyUses {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/access-keys/{access_key_id}/uses" };
}

fn date(day: i64) -> String {
    let mut text = begin_of(day).to_iso8601();
    text.truncate("2026-01-01".len());
    text
}

fn not_found(id: &str) -> Fault {
    Fault::NoSuchEntity(text::access_key_not_found(id))
}

fn shown(used: KeyUse) -> Shown {
    let name = used.app_id.as_ref().or(used.source_address.as_ref());
    Shown {
        consumer: name.cloned().unwrap_or_else(|| "unknown".to_owned()),
        app_id: used.app_id,
        source_address: used.source_address,
        service: used.service,
        region: used.region,
        verifier_id: used.verifier_id,
        user_agent: used.user_agent,
        first_used_at: used.first_used_at.map(Timestamp::to_iso8601),
        last_used_at: used.last_used_at.map(Timestamp::to_iso8601),
        uses: used.uses,
        refused_at: used.refused_at.map(Timestamp::to_iso8601),
        refusals: used.refusals,
    }
}
