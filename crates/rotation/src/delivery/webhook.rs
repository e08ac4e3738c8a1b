//! A webhook: the key in a signed call to an address of one's own, over TLS.
//!
//! The receiver can know three things: that it is from here (the signature), that it is fresh (the time that is signed
//! with it), and whether it has had it before (the rotation and the version, which are the same when a call is tried
//! again).

use hmac::{Hmac, KeyInit, Mac};
use keystead_core::SecretString;
use keystead_gate::Gate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;

use super::http;
use super::settings::Site;
use super::{Held, Target, Value};
use crate::machine::Failure;

/// Where to. The target's secret is what calls are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address.
    pub url: String,
}

pub(super) struct Webhook<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) settings: &'a Settings,
}

impl Target for Webhook<'_> {
    /// Nobody answers for what was done with a call.
    fn read_back(&self) -> Result<Held, Failure> {
        Ok(Held::Hidden { changed: Vec::new() })
    }

    fn write(&self, value: &Value<'_>, _: &Held) -> Result<(), Failure> {
        let fields: serde_json::Map<_, _> =
            value.fields.iter().map(|(name, text)| (name.clone(), text.expose().as_str().into())).collect();
        let body = json!({
            "rotation_id": value.rotation,
            "version": value.version,
            "access_key_id": value.key.to_string(),
            "fields": fields,
        });
        let delivery = format!("{}/{}", value.rotation, value.version);
        let named = self.site.gate.knows_target(&self.settings.url);
        let place = (&*self.settings.url, named);
        post(self.site.gate, place, self.site.secret()?, &delivery, &body.to_string())
    }
}

/// Makes a signed call. The same delivery has the same name whenever it is tried again.
pub(crate) fn post(
    gate: &Gate,
    (url, named): (&str, bool),
    secret: &SecretString,
    delivery: &str,
    body: &str,
) -> Result<(), Failure> {
    let time = gate.clock().now().secs().to_string();
    let signature = format!("t={time},v1={}", sign(secret.expose(), &time, body));
    let headers = [
        ("content-type", "application/json"),
        ("x-keystead-signature", &*signature),
        ("x-keystead-delivery", delivery),
    ];
    let answer = http::call_at(gate, ("POST", url, named), &headers, body)?;
    match answer.status {
        200..=299 => Ok(()),
        409 => Err(Failure::Conflict),
        _ => Err(answer.refusal("the webhook")),
    }
}

/// HMAC-SHA256 over the time, a full stop and the body, in hexadecimal.
fn sign(secret: &str, time: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|mac| mac.chain_update(time).chain_update(".").chain_update(body).finalize().into_bytes());
    mac.map(hex::encode).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: computed with Python's hmac module.
    #[test]
    fn the_signature_covers_time_and_body() {
        let signature = sign("key", "1790000000", "{}");
        assert_eq!(signature, "099d33989336226b12c85da813adf6100e1bbab1e91bede9a41ddeb7882d66b8");
        assert_ne!(signature, sign("key", "1790000001", "{}"));
    }
}
