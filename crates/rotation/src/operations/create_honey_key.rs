//! CreateHoneyKey: a key that looks like any other, opens nothing, and raises the alarm when somebody uses it.

use keystead_aws::error::{Fault, Result};
use keystead_core::access_key::NewAccessKey;
use keystead_core::{Arn, Quota, SecretString};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::honey_keys::HoneyKey;
use keystead_store::{Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::leaks::honey;

/// CreateHoneyKey.
pub struct CreateHoneyKey;

/// The key that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Where it will lie, in words: when it is used, that is where somebody was.
    pub place: String,
}

/// The new key. Its secret is shown here and kept nowhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Where it will lie.
    pub place: String,
}

/// A key drawn, before there is a row for it.
pub struct Drawn {
    row: HoneyKey,
    secret: SecretString,
}

const PLACE_MAX: usize = 200;

impl Operation for CreateHoneyKey {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "CreateHoneyKey";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(honey::arn(cx, "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let place = input.place.trim();
        if place.is_empty() || place.chars().count() > PLACE_MAX || place.contains(char::is_control) {
            return Err(Fault::ValidationError(format!(
                "`place` says in 1 to {PLACE_MAX} characters of one line where the key will lie."
            )));
        }
        let new = loop {
            let new = NewAccessKey::generate(cx.account(), cx.installation(), cx.rng());
            if !cx.ring().is_taken(new.id) {
                break new;
            }
        };
        let row = HoneyKey {
            account: cx.account(),
            id: new.id,
            place: place.to_owned(),
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
            alarmed_at: cx.now,
        };
        Ok(Drawn { row, secret: new.secret })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let row = &drawn.row;
        tx.lock_account(cx.account())?;
        cx.check_quota(Quota::HoneyKeys, tx.honey_keys().count(cx.account())? + 1)?;
        tx.honey_keys().insert(row)?;
        tx.touch(Touched::AccessKey(row.id));
        Ok(Output {
            access_key_id: row.id.to_string(),
            secret_access_key: drawn.secret.expose().clone(),
            place: row.place.clone(),
        })
    }
}

impl RestOperation for CreateHoneyKey {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/honey-keys" };
}
