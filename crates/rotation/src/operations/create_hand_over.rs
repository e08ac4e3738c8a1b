//! CreateHandOver: a link that shows a target's key once, for whoever carries it there. A link before that nobody
//! opened is dead.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_core::rng::uuid;
use keystead_gate::{BearerToken, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::hand_overs::HandOver;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::embedded;
use crate::embedded::targets::MANUAL;
use crate::hand_over::PREFIX;
use crate::{managed, targets};

/// CreateHandOver.
pub struct CreateHandOver;

/// The longest that a link may be good for, in hours.
const HOURS_MAX: u64 = 7 * 24;

/// For which target.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The target's name.
    pub name: String,
    /// For how many hours the link is good, 1 to 168; 24 when not said.
    pub hours: Option<u64>,
}

/// The link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The key that it shows.
    pub access_key_id: String,
    /// The link, shown here alone.
    pub link: String,
    /// The token in it.
    pub token: String,
    /// Until when it can be opened, RFC 3339.
    pub expires_at: String,
}

/// A link drawn, before there is a row for it.
pub struct Drawn {
    input: Input,
    id: String,
    token: BearerToken,
    lasts: Duration,
}

impl Operation for CreateHandOver {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "CreateHandOver";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let hours = input.hours.unwrap_or(24);
        if !(1..=HOURS_MAX).contains(&hours) {
            return Err(Fault::ValidationError("`hours` is 1 to 168.".to_owned()));
        }
        cx.flush_uses()?;
        let token = BearerToken::draw(PREFIX, cx.account(), cx.rng());
        Ok(Drawn { input, id: uuid(cx.rng()), token, lasts: Duration::from_hours(hours) })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let Drawn { input, id, token, lasts } = drawn;
        let (credential, consumer, _) = targets::get(tx, cx, &input.credential, &input.name)?;
        if consumer.kind != MANUAL {
            return Err(Fault::UnmodifiableEntity(format!(
                "{} is written by Keystead itself; only a key that a person carries is handed over.",
                input.name
            )));
        }
        let key = consumer.serving_access_key_id;
        if embedded::was_seen_with(tx, &credential, &consumer.name, key, cx.now)? {
            return Err(Fault::UnmodifiableEntity(format!(
                "{} was seen in use at {}: there is nothing left to hand over.",
                key, input.name
            )));
        }
        let hand_over = HandOver {
            account: cx.account(),
            id: id.clone(),
            consumer_id: consumer.id,
            access_key_id: key,
            token_hash: token.hash(),
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
            expires_at: cx.now.plus(*lasts),
            opened_at: None,
            opened_by: None,
        };
        tx.hand_overs().insert(&hand_over)?;
        Ok(Output {
            access_key_id: key.to_string(),
            link: format!("{}/hand-over/{}", cx.gate().page_origin(), token.expose()),
            token: token.expose().to_owned(),
            expires_at: hand_over.expires_at.to_iso8601(),
        })
    }
}

impl RestOperation for CreateHandOver {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/credentials/{credential}/targets/{name}/hand-over" };
}
