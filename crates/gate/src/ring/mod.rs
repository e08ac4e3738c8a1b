//! The key ring: everything needed to say who signed a request, in memory.
//!
//! Built from the store at start and kept level with it by [`refresh`] before any write is answered, so a
//! revocation is in force when the call that made it returns. Reading takes a lock on one of 64 shards for
//! the length of a table look-up and never waits on I/O. Secrets are kept sealed; the signing keys derived
//! from them are cached, bounded, in [`derived`].

pub mod derived;
mod keys;
mod principals;
mod refresh;
mod verifiers;

use std::sync::Arc;

pub use keys::{KeyEntry, SealedSecret};
use keystead_aws::error::{Fault, Result};
use keystead_aws::sigv4::SigningKey;
use keystead_core::{AccessKeyId, AccountId, KeyStatus, Quotas};
use keystead_store::Sealer;
use keystead_store::access_keys::secret_place;
pub use principals::{OwnerId, Principal};
pub use verifiers::{Verifier, VerifierToken};

/// The in-memory index of accounts, principals, access keys and verifiers.
pub struct KeyRing {
    keys: keys::Keys,
    principals: principals::Principals,
    verifiers: verifiers::Verifiers,
    derived: derived::DerivedKeys,
}

impl Default for KeyRing {
    fn default() -> Self {
        Self {
            keys: keys::Keys::default(),
            principals: principals::Principals::default(),
            verifiers: verifiers::Verifiers::default(),
            derived: derived::DerivedKeys::new(derived::CAPACITY),
        }
    }
}

impl KeyRing {
    /// The key of that id, whatever its status.
    pub fn find_key(&self, id: AccessKeyId) -> Option<KeyEntry> {
        self.keys.find(id)
    }

    /// The principal of that unique id.
    pub fn find_principal(&self, id: OwnerId) -> Option<Arc<Principal>> {
        self.principals.find(id)
    }

    /// The user of that name in an account, without regard to case.
    pub fn find_user(&self, account: AccountId, name: &str) -> Option<Arc<Principal>> {
        self.principals.find_by_name(account, name)
    }

    /// The verifier whose token this is.
    pub fn find_verifier(&self, token: &str) -> Option<Arc<Verifier>> {
        self.verifiers.find(token)
    }

    /// Whether the account is known and not closed.
    pub fn is_account_open(&self, account: AccountId) -> bool {
        self.principals.is_account_open(account)
    }

    /// The quotas of an account.
    pub fn quotas(&self, account: AccountId) -> Quotas {
        self.principals.quotas(account)
    }

    /// How many keys and principals there are.
    pub fn sizes(&self) -> (usize, usize) {
        (self.keys.len(), self.principals.len())
    }

    /// The key that signs for `entry` on `date` in `region` for `service`: from the cache, or derived from
    /// the opened secret. A derived key enters the cache only through [`KeyRing::remember`].
    pub(crate) fn signing_key(
        &self,
        entry: &KeyEntry,
        scope: &derived::Scope<'_>,
        sealer: &Sealer,
    ) -> Result<(SigningKey, bool)> {
        if let Some(key) = self.derived.find(entry, scope) {
            return Ok((key, true));
        }
        let place = secret_place(entry.principal.account, entry.id);
        let secret = sealer.open(&place, entry.sealed.as_bytes())?;
        let secret = std::str::from_utf8(secret.expose()).map_err(Fault::internal)?;
        Ok((SigningKey::derive(secret, scope.date, scope.region, scope.service), false))
    }

    /// Keeps a derived key that has just proved right.
    pub(crate) fn remember(&self, entry: &KeyEntry, scope: &derived::Scope<'_>, key: SigningKey) {
        self.derived.insert(entry, scope, key);
    }
}

impl KeyEntry {
    /// Whether requests signed with it may be accepted.
    pub fn is_active(&self) -> bool {
        self.status == KeyStatus::Active
    }
}
