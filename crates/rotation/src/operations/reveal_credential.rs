//! RevealCredential: an enrolled consumer fetches its own credential, with a lease: how long it may keep the
//! answer. The lease and the audit's record of it are written before the answer is given.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Timestamp};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::consumers::Lease;
use keystead_store::custody::{Material, copy_place};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::key_pair::KeyPair;
use crate::machine::Rotation;
use crate::profile::Profile;
use crate::service_login::ServiceLogin;

/// RevealCredential.
pub struct RevealCredential;

/// Nothing: a consumer has one credential.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The credential. Has no `Debug`.
#[derive(Default, Serialize, ToSchema)]
pub struct Output {
    /// The id of the key, whatever it is.
    pub access_key_id: String,
    /// The secret of an access key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
    /// A signing certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_pem: Option<String>,
    /// The private key of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key_pem: Option<String>,
    /// The name that a service knows the user by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_user_name: Option<String>,
    /// The password for the service, or the API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_password: Option<String>,
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
        let shown = show(tx, cx, &consumer.credential_id, secret.expose())?;
        let (issued_at, expires_at) = (cx.now, cx.now.plus(promised(&consumer.kind, lasts)));
        let lease = Lease { consumer_id: consumer_id.clone(), access_key_id: key, issued_at, expires_at };
        tx.consumers().extend_lease(account, &lease)?;
        // An agent says itself when it has taken the key over.
        if consumer.kind == "credential_process" && consumer.applied_access_key_id != Some(key) {
            (consumer.applied_access_key_id, consumer.applied_at) = (Some(key), Some(cx.now));
            tx.consumers().update(&consumer)?;
        }
        Ok(Output {
            access_key_id: key.to_string(),
            expiration: Timestamp::to_iso8601(cx.now.plus(lasts)),
            lease_seconds: lasts.as_secs(),
            ..shown
        })
    }
}

/// What custody holds of a key, in the members for what it is.
fn show(tx: &mut Tx<'_>, cx: &Context, credential_id: &str, secret: &[u8]) -> Result<Output> {
    let credential = tx.custody().find(cx.account(), credential_id)?;
    match credential.map_or(Material::AccessKey, |credential| credential.material) {
        // No consumer can be enrolled for a stored value, which is read where it is stored.
        Material::StoredValue => Ok(Output::default()),
        Material::AccessKey => {
            let secret = std::str::from_utf8(secret).map_err(Fault::internal)?;
            Ok(Output { secret_access_key: Some(secret.to_owned()), ..Output::default() })
        }
        Material::ServiceCredential => {
            let broken = || Fault::internal("a custody copy is not a user name with its password");
            let ServiceLogin { service_user_name, service_password } =
                ServiceLogin::from_custody(secret).ok_or_else(broken)?;
            let (service_user_name, service_password) = (Some(service_user_name), Some(service_password));
            Ok(Output { service_user_name, service_password, ..Output::default() })
        }
        Material::SigningCertificate => {
            let broken = || Fault::internal("a custody copy is not a certificate with its private key");
            let KeyPair { certificate_pem, private_key_pem } =
                KeyPair::from_custody(secret).ok_or_else(broken)?;
            let (certificate_pem, private_key_pem) = (Some(certificate_pem), Some(private_key_pem));
            Ok(Output { certificate_pem, private_key_pem, ..Output::default() })
        }
    }
}

/// How long the key may be held. An agent passes the answer on for a tenth of the lease before it asks again, each
/// time with the whole lease.
fn promised(kind: &str, lasts: Duration) -> Duration {
    if matches!(kind, "container" | "imds") { lasts + lasts / 10 } else { lasts }
}

/// How long an answer may be kept: short while a rotation waits for leases to run out.
pub(crate) fn lease(tx: &mut Tx<'_>, cx: &Context, credential_id: &str) -> Result<Duration> {
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
