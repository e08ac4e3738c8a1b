//! GetTarget: one target, and by which links its key was handed over.

use keystead_aws::error::Result;
use keystead_core::{Arn, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::hand_overs::HandOver;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::managed;
use crate::targets::{self, Shown};

/// GetTarget.
pub struct GetTarget;

/// The newest links that are shown.
const HAND_OVERS_SHOWN: i64 = 20;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The target's name.
    pub name: String,
}

/// The target.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The target itself.
    #[serde(flatten)]
    pub target: Shown,
    /// The links of a target that a person carries the key to, the newest first.
    pub hand_overs: Vec<ShownHandOver>,
}

/// A link, without its token.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownHandOver {
    access_key_id: String,
    created_by: String,
    created_at: String,
    expires_at: String,
    opened_at: Option<String>,
    opened_by: Option<String>,
}

impl From<HandOver> for ShownHandOver {
    fn from(row: HandOver) -> Self {
        Self {
            access_key_id: row.access_key_id.to_string(),
            created_by: row.created_by,
            created_at: row.created_at.to_iso8601(),
            expires_at: row.expires_at.to_iso8601(),
            opened_at: row.opened_at.map(Timestamp::to_iso8601),
            opened_by: row.opened_by,
        }
    }
}

impl Operation for GetTarget {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetTarget";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let (_, consumer, target) = targets::get(tx, cx, &input.credential, &input.name)?;
        let hand_overs = tx.hand_overs().list(cx.account(), &consumer.id, HAND_OVERS_SHOWN)?;
        Ok(Output {
            target: targets::show(consumer, target),
            hand_overs: hand_overs.into_iter().map(ShownHandOver::from).collect(),
        })
    }
}

impl RestOperation for GetTarget {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/credentials/{credential}/targets/{name}" };
}
