//! GetKeyAges: how old the active keys of the account are, and which are the oldest.

use std::time::Duration;

use keystead_aws::error::Result;
use keystead_core::{Arn, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// GetKeyAges.
pub struct GetKeyAges;

/// Nothing is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The counts, of active keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Younger than 30 days.
    pub under_30_days: i64,
    /// From 30 to 59 days.
    pub under_60_days: i64,
    /// From 60 to 89 days.
    pub under_90_days: i64,
    /// 90 days and older.
    pub older: i64,
    /// Of these, or of the oldest 10,000 where there are more, how many were not used for 45 days.
    pub older_unused: i64,
    /// How many are the root user's.
    pub of_root: i64,
    /// The oldest of 90 days and more, at most eight.
    pub oldest: Vec<Shown>,
}

/// An old key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its id.
    pub access_key_id: String,
    /// Whose it is; absent for the root user.
    pub user_name: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it was last used.
    pub last_used_at: Option<String>,
}

/// How many of the oldest are shown.
const SHOWN: i64 = 8;

impl Operation for GetKeyAges {
    type Input = Input;
    type Prepared = ();
    type Output = Output;
    const NAME: &'static str = "GetKeyAges";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "key/*"))
    }

    fn prepare(_: &Context, _: Input) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<Output> {
        let ago = |days: u64| cx.now.minus(Duration::from_hours(days * 24));
        let counted = tx.fleet().count_ages(cx.account(), [ago(30), ago(60), ago(90)], ago(45))?;
        let [under_30_days, under_60_days, under_90_days, older] = counted.ages;
        let oldest =
            if older > 0 { tx.fleet().list_old_keys(cx.account(), ago(90), SHOWN)? } else { Vec::new() };
        let shown = oldest.into_iter().map(|old| Shown {
            access_key_id: old.key,
            user_name: old.user_name,
            created_at: old.created_at.to_iso8601(),
            last_used_at: old.used_at.map(Timestamp::to_iso8601),
        });
        Ok(Output {
            under_30_days,
            under_60_days,
            under_90_days,
            older,
            older_unused: counted.unused,
            of_root: counted.of_root,
            oldest: shown.collect(),
        })
    }
}

impl RestOperation for GetKeyAges {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/key-ages" };
}
