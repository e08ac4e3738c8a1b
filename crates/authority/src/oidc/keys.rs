//! The keys of an issuer: pinned by the operator, this installation's own, or fetched from the issuer.
//!
//! What was fetched is kept for ten minutes. A token that names an unknown key has them fetched again, at most
//! once a minute whatever the outcome: anybody can write such a token.

use std::time::Duration;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use keystead_aws::error::{Fault, Result};
use keystead_gate::Context;
use serde::Deserialize;
use serde_json::Value;

use super::Token;
use crate::issuer;

const KEPT: Duration = Duration::from_mins(10);
const PAUSE: Duration = Duration::from_mins(1);
/// More keys than any issuer publishes.
const KEYS_MAX: usize = 100;

/// The public keys of an issuer.
pub(crate) struct KeySet(Vec<Jwk>);

#[derive(Deserialize)]
struct WrittenSet {
    keys: Vec<Value>,
}

/// What is needed of an issuer's configuration.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

impl KeySet {
    /// Reads a JSON Web Key Set. Keys of a kind that is not known here are passed over, as RFC 7517 has it.
    pub(crate) fn read(json: &[u8]) -> std::result::Result<Self, String> {
        let written: WrittenSet = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let keys = written.keys.into_iter().take(KEYS_MAX);
        let keys: Vec<Jwk> = keys.filter_map(|key| serde_json::from_value(key).ok()).collect();
        let usable = |key: &Jwk| ALL.into_iter().any(|algorithm| fits(key, algorithm));
        if keys.iter().any(usable) {
            Ok(Self(keys))
        } else {
            Err("there is no RSA or EC key in it".to_owned())
        }
    }

    /// The keys that a token with this header may be signed by.
    pub(super) fn fitting<'k>(&'k self, header: &'k Header) -> impl Iterator<Item = DecodingKey> + 'k {
        let named = |key: &&Jwk| header.kid.is_none() || header.kid == key.common.key_id;
        let keys = self.0.iter().filter(named).filter(|key| fits(key, header.alg));
        keys.filter_map(|key| DecodingKey::from_jwk(key).ok())
    }
}

const ALL: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384];

/// Whether a key is for signatures by this algorithm.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let for_signatures = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    // RSA keys are for each of its algorithms where they do not say for which.
    let agrees = key.common.key_algorithm.is_none_or(|stated| stated == KeyAlgorithm::from(algorithm));
    let right_kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => {
            matches!(algorithm, Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512)
        }
        AlgorithmParameters::EllipticCurve(parameters) => match algorithm {
            Algorithm::ES256 => parameters.curve == EllipticCurve::P256,
            Algorithm::ES384 => parameters.curve == EllipticCurve::P384,
            _ => false,
        },
        _ => false,
    };
    for_signatures && agrees && right_kind
}

/// The keys to verify a token of an issuer with; the issuer by its whole address.
pub(crate) fn find(cx: &Context, issuer: &str, pinned: Option<&str>, token: &Token<'_>) -> Result<KeySet> {
    if let Some(pinned) = pinned {
        return KeySet::read(pinned.as_bytes()).map_err(Fault::internal);
    }
    if let Some(own) = issuer::published_at(cx.gate().store(), cx.gate().origin(), issuer)? {
        return KeySet::read(own.as_bytes()).map_err(Fault::internal);
    }
    match fetch(cx, issuer, KEPT) {
        Ok(keys) if token.has_key_in(&keys) => Ok(keys),
        _ => fetch(cx, issuer, PAUSE),
    }
}

/// Fetches the keys of an issuer, unless that was tried less than `kept` ago.
fn fetch(cx: &Context, issuer: &str, kept: Duration) -> Result<KeySet> {
    let failed = |why: String| {
        Fault::IdpCommunicationError(format!(
            "The keys of {issuer} could not be had: {why}. Try again later."
        ))
    };
    let document = |url: &str| cx.gate().fetch(url, kept, cx.now).map_err(|no_answer| failed(no_answer.0));
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let configuration: Configuration =
        serde_json::from_slice(&document(&address)?).map_err(|error| failed(error.to_string()))?;
    if configuration.issuer != issuer {
        return Err(failed(format!("it says that it is {}", configuration.issuer)));
    }
    KeySet::read(&document(&configuration.jwks_uri)?).map_err(failed)
}
