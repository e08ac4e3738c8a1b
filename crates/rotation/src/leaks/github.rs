//! Reports of GitHub's secret scanning: the signature that shows whose they are, and the answer by which GitHub learns
//! what it has found. Source: GitHub Docs, "Secret scanning partner program".

use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keystead_aws::error::Result;
use keystead_core::Timestamp;
use keystead_core::leak::{find_ids, find_secrets};
use keystead_gate::{Gate, PublicKeys};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::payload::PARTS_MAX;
use super::{is_right, proof};

/// The name of the sender of reports whose signature is right.
pub const SENDER: &str = "github";
/// For how long the published keys are kept.
const KEPT: Duration = Duration::from_hours(1);
/// How soon they are fetched again where one is not among them.
const KEPT_LACKING: Duration = Duration::from_mins(1);
/// Ids that are read in one token.
const IDS_MAX: usize = 4;

/// One finding.
#[derive(Deserialize)]
pub(super) struct Alert {
    pub(super) token: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    pub(super) url: String,
}

/// What the headers of a report say of its signature.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// `Github-Public-Key-Identifier`.
    pub key_identifier: String,
    /// `Github-Public-Key-Signature`.
    pub signature: String,
}

/// What a finding was, for GitHub to know.
#[derive(Debug, Serialize)]
pub struct Label {
    token_hash: String,
    token_type: String,
    label: &'static str,
}

#[derive(Deserialize)]
struct Document {
    public_keys: Vec<Published>,
}

#[derive(Deserialize)]
struct Published {
    key_identifier: String,
    key: String,
}

/// Whether GitHub has signed a report. Where its keys cannot be had, nobody has.
pub fn has_signed(gate: &Gate, claimed: &Claimed, body: &[u8], now: Timestamp) -> bool {
    let find = |document: &str| find_key(document, &claimed.key_identifier);
    let key = match &gate.settings().leaks.github_public_keys {
        None => None,
        Some(PublicKeys::Pinned(document)) => find(document),
        Some(PublicKeys::At(url)) => [KEPT, KEPT_LACKING].into_iter().find_map(|kept| {
            let document = gate.fetch(url, kept, now).inspect_err(|error| {
                tracing::warn!(url, error = error.0, "the keys of GitHub cannot be fetched");
            });
            find(std::str::from_utf8(&document.ok()?).ok()?)
        }),
    };
    key.is_some_and(|key| verify(&key, &claimed.signature, body))
}

/// Refuses a document without keys that signatures can be verified with.
pub fn check_document(document: &str) -> std::result::Result<(), String> {
    let read: Document = serde_json::from_str(document).map_err(|error| error.to_string())?;
    if read.public_keys.is_empty() {
        return Err("`public_keys` is empty".to_owned());
    }
    match read.public_keys.iter().find(|key| parse(&key.key).is_none()) {
        Some(key) => Err(format!("the key {} is no public key in PEM", key.key_identifier)),
        None => Ok(()),
    }
}

fn find_key(document: &str, identifier: &str) -> Option<UnparsedPublicKey<Vec<u8>>> {
    let document: Document = serde_json::from_str(document).ok()?;
    parse(&document.public_keys.iter().find(|key| key.key_identifier == identifier)?.key)
}

fn parse(key: &str) -> Option<UnparsedPublicKey<Vec<u8>>> {
    Some(UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, pem::parse(key).ok()?.into_contents()))
}

fn verify(key: &UnparsedPublicKey<Vec<u8>>, signature: &str, body: &[u8]) -> bool {
    BASE64_STANDARD.decode(signature).is_ok_and(|signature| key.verify(body, &signature).is_ok())
}

/// The answer to a report that GitHub has signed. Nobody else is told which keys there are.
pub fn label(gate: &Gate, body: &str) -> Result<Vec<Label>> {
    let alerts: Vec<Alert> = serde_json::from_str(body).unwrap_or_default();
    let label = |alert: Alert| {
        Ok(Label {
            label: if is_real(gate, &alert.token)? { "true_positive" } else { "false_positive" },
            token_hash: hex::encode(Sha256::digest(&alert.token)),
            token_type: alert.kind,
        })
    };
    alerts.into_iter().take(PARTS_MAX).map(label).collect()
}

/// Whether there is such a key; with the right secret, where one came with it.
fn is_real(gate: &Gate, token: &str) -> Result<bool> {
    let ids = find_ids(token, IDS_MAX);
    let secrets = find_secrets(token, gate.store().installation(), &ids);
    for (id, _) in ids {
        // What is said of a honey key is what is said of any other.
        if gate.ring().find_honey_key(id).is_some() {
            return Ok(true);
        }
        let Some(entry) = gate.ring().find_key(id) else { continue };
        let secret = secrets.iter().find(|found| found.id == id);
        let right = secret.map(|found| is_right(gate, &entry, &proof(id, found.secret.expose().as_bytes())));
        if right.transpose()?.unwrap_or(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key, the request and the signature that GitHub's documentation gives as an example.
    const IDENTIFIER: &str = "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c";
    const KEY: &str = "-----BEGIN PUBLIC KEY-----\\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd\\n\
                       AjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==\\n-----END PUBLIC KEY-----\\n";
    const BODY: &str = r#"[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]"#;
    const SIGNATURE: &str =
        "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==";

    #[test]
    fn the_example_of_the_documentation_verifies_and_nothing_else_does() {
        let document = format!(r#"{{"public_keys":[{{"key_identifier":"{IDENTIFIER}","key":"{KEY}"}}]}}"#);
        check_document(&document).unwrap();
        let key = find_key(&document, IDENTIFIER).unwrap();
        assert!(verify(&key, SIGNATURE, BODY.as_bytes()));
        assert!(!verify(&key, SIGNATURE, BODY.replace("some_token", "some_other").as_bytes()));
        assert!(!verify(&key, &SIGNATURE.replace("MEQ", "MEU"), BODY.as_bytes()));
        assert!(!verify(&key, "no base 64", BODY.as_bytes()));
        assert!(find_key(&document, "another").is_none());
    }

    #[test]
    fn a_document_without_keys_is_refused() {
        for (document, named) in [
            ("<html>", "expected value"),
            (r#"{"public_keys":[]}"#, "`public_keys` is empty"),
            (r#"{"public_keys":[{"key_identifier":"a","key":"b"}]}"#, "the key a "),
        ] {
            assert!(check_document(document).unwrap_err().contains(named), "{document}");
        }
    }
}
