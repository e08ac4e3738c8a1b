//! ListBusiestKeys: which keys were used most today.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::uses::day_of;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// ListBusiestKeys.
pub struct ListBusiestKeys;

/// Nothing is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Those used most since midnight, UTC, the busiest first; at most six. A use counts within a minute.
    pub keys: Vec<Shown>,
}

/// A key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its id, or that of a signing certificate.
    pub access_key_id: String,
    /// The user it is of; absent for the root user's and for certificates.
    pub user_name: Option<String>,
    /// Accepted uses today.
    pub uses: i64,
}

/// How many are shown.
const SHOWN: i64 = 6;

impl Operation for ListBusiestKeys {
    type Input = Input;
    type Prepared = ();
    type Output = Output;
    const NAME: &'static str = "ListBusiestKeys";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "key/*"))
    }

    fn prepare(_: &Context, _: Input) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<Output> {
        let busiest = tx.uses().list_busiest(cx.account(), day_of(cx.now), SHOWN)?;
        let shown = busiest.into_iter().map(|busy| Shown {
            access_key_id: busy.key,
            user_name: busy.user_name,
            uses: busy.uses,
        });
        Ok(Output { keys: shown.collect() })
    }
}

impl RestOperation for ListBusiestKeys {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/busiest-keys" };
}
