//! RevealCredential: an enrolled consumer fetches its own credential, with a lease: how long it may keep the
//! answer. The lease and the audit's record of it are written before the answer is given.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Timestamp};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::consumers::Lease;
use keystead_store::custody::copy_place;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::machine::Rotation;
use crate::profile::Profile;

/// RevealCredential.
pub struct RevealCredential;

/// Nothing: a consumer has one credential.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The credential. Has no `Debug`.
#[derive(Serialize, ToSchema)]
pub struct Output {
    /// The key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Until when the answer may be kept, RFC 3339.
    pub expiration: String,
    /// The same in seconds from now.
    pub lease_seconds: u64,
}

impl Operation for RevealCredential {
    type Input = Input;
    type Prepared = String;
    type Output = Output;
    const NAME: &'static str = "RevealCredential";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(credential_arn(cx.account(), cx.credential_id()?))
    }

    fn prepare(cx: &Context, _: Input) -> Result<String> {
        Ok(cx.consumer_id()?.to_owned())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, consumer_id: &String) -> Result<Output> {
        let account = cx.account();
        let gone = || Fault::NoSuchEntity("The consumer has been removed.".to_owned());
        let mut consumer = tx.consumers().find(account, consumer_id)?.ok_or_else(gone)?;
        let key = consumer.serving_access_key_id;
        let lasts = lease(tx, cx, &consumer.credential_id)?;
        let place = copy_place(account, &consumer.credential_id, key);
        let copy = tx.custody().find_copy(account, &consumer.credential_id, key)?;
        let copy = copy.ok_or_else(|| Fault::internal(format!("there is no custody copy of {key}")))?;
        let secret = cx.sealer().open(&place, copy.as_bytes())?;
        let secret = std::str::from_utf8(secret.expose()).map_err(Fault::internal)?;
        let (issued_at, expires_at) = (cx.now, cx.now.plus(lasts));
        let lease = Lease { consumer_id: consumer_id.clone(), access_key_id: key, issued_at, expires_at };
        tx.consumers().extend_lease(account, &lease)?;
        if consumer.kind == "credential_process" && consumer.applied_access_key_id != Some(key) {
            (consumer.applied_access_key_id, consumer.applied_at) = (Some(key), Some(cx.now));
            tx.consumers().update(&consumer)?;
        }
        Ok(Output {
            access_key_id: key.to_string(),
            secret_access_key: secret.to_owned(),
            expiration: Timestamp::to_iso8601(expires_at),
            lease_seconds: lasts.as_secs(),
        })
    }
}

/// How long an answer may be kept: short while a rotation waits for leases to run out.
fn lease(tx: &mut Tx<'_>, cx: &Context, credential_id: &str) -> Result<Duration> {
    if let Some(running) = tx.rotations().find_running(cx.account(), credential_id)? {
        let rotation: Rotation = serde_json::from_str(&running.document).map_err(Fault::internal)?;
        return Ok(rotation.lease());
    }
    let profile = tx.custody().find(cx.account(), credential_id)?.and_then(|c| Profile::named(&c.profile));
    Ok(profile.unwrap_or_else(Profile::standard).lease)
}

impl RestOperation for RevealCredential {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/consumer/credential" };
    const AUDIENCE: Audience = Audience::Consumers;
}
