//! GetHandOver: what a link shows, for whoever brings its token, without showing it.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Audience, BearerToken, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{hand_over, managed};

/// GetHandOver.
pub struct GetHandOver;

/// Which. There is no `Debug`: a token is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The token in the link.
    pub token: String,
}

/// What it is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Where the key is to be carried to.
    pub target: String,
    /// The key.
    pub access_key_id: String,
    /// Who made the link.
    pub created_by: String,
    /// Until when it can be opened, RFC 3339.
    pub expires_at: String,
}

impl Operation for GetHandOver {
    type Input = Input;
    type Prepared = BearerToken;
    type Output = Output;
    const NAME: &'static str = "GetHandOver";
    const KIND: Kind = Kind::Read;
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, "*"))
    }

    fn prepare(_: &Context, input: Input) -> Result<BearerToken> {
        Ok(BearerToken::presented(input.token))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, token: &BearerToken) -> Result<Output> {
        let (found, consumer) = hand_over::find_open(tx, cx, token)?;
        Ok(Output {
            target: consumer.name,
            access_key_id: found.access_key_id.to_string(),
            created_by: found.created_by,
            expires_at: found.expires_at.to_iso8601(),
        })
    }
}

impl RestOperation for GetHandOver {
    // Not a GET: what is in an address is in logs.
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/hand-over" };
    const AUDIENCE: Audience = Audience::Bearers;
}
