//! Verifiers: the services that may ask who signed a request, each with a token of its own.
//!
//! A token is `ksv_<id>_<secret>`. The id finds the verifier, the secret's SHA-256 is compared in constant
//! time; the token itself is shown once, when the verifier is made.

use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;
use keystead_core::rng::BASE62;
use keystead_core::{AccountId, Rng, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A service that asks Keystead to check requests, and what it may ask about.
#[derive(Clone, Debug)]
pub struct Verifier {
    /// The account that made it.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// SHA-256 of the token's secret part.
    pub token_hash: Vec<u8>,
    /// Accounts whose keys it may ask about.
    pub accounts: Vec<AccountId>,
    /// Services (the third part of a credential scope) it may ask about.
    pub services: Vec<String>,
    /// Values of the signed Host header it may ask about.
    pub hosts: Vec<String>,
    /// Whether the source address it forwards is believed.
    pub trusts_forwarded: bool,
    /// Whether it is believed which certificate its client proved to have.
    pub trusts_certificates: bool,
}

/// A token as it is drawn.
pub struct VerifierToken {
    /// The part that names the verifier.
    pub id: String,
    /// The whole token; shown once.
    pub token: SecretString,
    /// What is stored of it.
    pub hash: Vec<u8>,
}

const PREFIX: &str = "ksv_";

impl VerifierToken {
    /// Draws an id of 12 and a secret of 40 characters (about 238 bits).
    pub fn generate(rng: &dyn Rng) -> Self {
        let id = rng.text(12, BASE62);
        let secret = rng.text(40, BASE62);
        let hash = Sha256::digest(secret.as_bytes()).to_vec();
        Self { token: SecretString::new(format!("{PREFIX}{id}_{secret}")), id, hash }
    }
}

#[derive(Default)]
pub(super) struct Verifiers(RwLock<HashMap<String, Arc<Verifier>>>);

impl Verifiers {
    pub(super) fn find(&self, token: &str) -> Option<Arc<Verifier>> {
        let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
        let verifier = self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()?;
        let hash = Sha256::digest(secret.as_bytes());
        bool::from(hash.as_slice().ct_eq(&verifier.token_hash)).then_some(verifier)
    }

    pub(super) fn put(&self, verifier: Verifier) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(verifier.id.clone(), Arc::new(verifier));
    }

    pub(super) fn remove(&self, id: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}
