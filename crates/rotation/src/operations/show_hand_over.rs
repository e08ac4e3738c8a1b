//! ShowHandOver: shows the key of a link to whoever brings its token, once. Who that was is written down.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Audience, BearerToken, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::custody::copy_place;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::delivery::Pair;
use crate::{hand_over, managed};

/// ShowHandOver.
pub struct ShowHandOver;

/// The most characters of a program's name that are written down.
const PROGRAM_MAX: usize = 200;

/// Which. There is no `Debug`: a token is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The token in the link.
    pub token: String,
}

/// The key. Has no `Debug`.
#[derive(Serialize, ToSchema)]
pub struct Output {
    /// Where it is to be carried to.
    pub target: String,
    /// The key, or the name that a service knows its user by.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// What to do next.
    pub next_step: &'static str,
}

const NEXT_STEP: &str = "Put both where they belong now: they are not shown again. Nobody has to report it; the key is \
                         seen when it is used.";

impl Operation for ShowHandOver {
    type Input = Input;
    type Prepared = BearerToken;
    type Output = Output;
    const NAME: &'static str = "ShowHandOver";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, "*"))
    }

    fn prepare(_: &Context, input: Input) -> Result<BearerToken> {
        Ok(BearerToken::presented(input.token))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, token: &BearerToken) -> Result<Output> {
        let (found, consumer) = hand_over::find_open(tx, cx, token)?;
        let (account, key) = (cx.account(), found.access_key_id);
        let copy = tx.custody().find_copy(account, &consumer.credential_id, key)?;
        let gone =
            || Fault::NoSuchEntity("The key of this link has been replaced. Ask for a new one.".to_owned());
        let place = copy_place(account, &consumer.credential_id, key);
        let secret = cx.sealer().open(&place, copy.ok_or_else(gone)?.as_bytes())?;
        let credential = tx.custody().find(account, &consumer.credential_id)?.ok_or_else(gone)?;
        let broken = || Fault::internal("a custody copy cannot be shown");
        let pair = Pair::from_custody(credential.material, key, secret.expose()).ok_or_else(broken)?;
        let program: String = cx.caller.user_agent.chars().take(PROGRAM_MAX).collect();
        let by = format!("{} ({program})", cx.caller.source);
        if !tx.hand_overs().open(account, &found.id, &by, cx.now)? {
            return Err(gone());
        }
        Ok(Output {
            target: consumer.name,
            access_key_id: pair.shown_as,
            secret_access_key: pair.secret.expose().clone(),
            next_step: NEXT_STEP,
        })
    }
}

impl RestOperation for ShowHandOver {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/hand-over/show" };
    const AUDIENCE: Audience = Audience::Bearers;
}
