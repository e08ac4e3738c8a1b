//! CreateFreeze: a time in which no rotation of the account begins or interrupts anybody.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Arn, Quota, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::freezes::Freeze;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::frozen::{self, Shown};

/// CreateFreeze.
pub struct CreateFreeze;

/// From when until when, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its beginning, RFC 3339; now when not said.
    pub from: Option<String>,
    /// Its end, RFC 3339.
    pub until: String,
    /// Why, for people.
    pub reason: String,
}

const REASON_MAX: usize = 200;

impl Operation for CreateFreeze {
    type Input = Input;
    type Prepared = Freeze;
    type Output = Shown;
    const NAME: &'static str = "CreateFreeze";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(frozen::arn(cx, "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Freeze> {
        let from = input.from.as_deref().map_or(Ok(cx.now), |from| time("from", from))?;
        let until = time("until", &input.until)?;
        if until <= from.max(cx.now) {
            return Err(Fault::ValidationError(
                "`until` is later than `from`, and later than now.".to_owned(),
            ));
        }
        if input.reason.trim().is_empty() || input.reason.len() > REASON_MAX {
            return Err(Fault::ValidationError(format!("`reason` has 1 to {REASON_MAX} characters.")));
        }
        Ok(Freeze {
            account: cx.account(),
            id: uuid(cx.rng()),
            from,
            until,
            reason: input.reason,
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, freeze: &Freeze) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        cx.check_quota(Quota::RotationFreezes, tx.freezes().count(cx.account(), cx.now)? + 1)?;
        tx.freezes().insert(freeze)?;
        Ok(freeze.clone().into())
    }
}

impl RestOperation for CreateFreeze {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/freezes" };
}

fn time(field: &str, text: &str) -> Result<Timestamp> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| {
        Fault::ValidationError(format!(
            "`{field}` is a time like 2027-01-15T08:00:00Z, and `{text}` is none."
        ))
    })
}
