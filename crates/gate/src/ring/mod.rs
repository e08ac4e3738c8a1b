//! The key ring: everything needed to say who signed a request, in memory.
//!
//! Built from the store at start and kept level with it by [`refresh`] before any write is answered, so a
//! revocation is in force when the call that made it returns. Reading takes a lock on one of 64 shards for
//! the length of a table look-up and never waits on I/O. Secrets are kept sealed; the signing keys derived
//! from them are cached, bounded, in [`derived`].

mod certificates;
pub mod derived;
mod grants;
mod honey;
mod keys;
mod principals;
mod refresh;
mod revocations;
mod sessions;
mod verifiers;

use std::sync::Arc;

pub use certificates::{CertificateEntry, Fingerprint};
pub use grants::{Grants, Held, InForce};
pub use keys::{KeyEntry, SealedSecret};
use keystead_aws::error::{Fault, Result};
use keystead_aws::sigv4::SigningKey;
use keystead_core::{AccessKeyId, AccountId, KeyId, KeyStatus, Quotas, Timestamp};
use keystead_policy::Policy;
use keystead_store::Sealer;
use keystead_store::access_keys::secret_place;
pub use principals::{OwnerId, Principal, PrincipalKind, RoleTerms};
pub use verifiers::{Verifier, VerifierToken};

use crate::session::Session;

/// The in-memory index of accounts, principals, access keys and verifiers.
pub struct KeyRing {
    keys: keys::Keys,
    honey_keys: honey::HoneyKeys,
    certificates: certificates::Certificates,
    principals: principals::Principals,
    policies: grants::Policies,
    sessions: sessions::Sessions,
    revocations: revocations::Revocations,
    verifiers: verifiers::Verifiers,
    derived: derived::DerivedKeys,
}

impl Default for KeyRing {
    fn default() -> Self {
        Self {
            keys: keys::Keys::default(),
            honey_keys: honey::HoneyKeys::default(),
            certificates: certificates::Certificates::default(),
            principals: principals::Principals::default(),
            policies: grants::Policies::default(),
            sessions: sessions::Sessions::default(),
            revocations: revocations::Revocations::default(),
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

    /// The account that laid the honey key of that id.
    pub fn find_honey_key(&self, id: AccessKeyId) -> Option<AccountId> {
        self.honey_keys.find(id)
    }

    /// Whether an id is a key's.
    pub fn is_taken(&self, id: AccessKeyId) -> bool {
        self.find_key(id).is_some() || self.find_honey_key(id).is_some()
    }

    /// The signing certificate of that fingerprint, whatever its status, in the first account that uploaded it of
    /// those that `is_asked` lets through.
    pub fn find_certificate(
        &self,
        fingerprint: &Fingerprint,
        is_asked: impl Fn(AccountId) -> bool,
    ) -> Option<CertificateEntry> {
        self.certificates.find(fingerprint, is_asked)
    }

    /// The user or root user that an access key or signing certificate belongs to.
    pub fn owner_of(&self, id: KeyId) -> Option<Arc<Principal>> {
        match id.access_key() {
            Some(id) => self.keys.find(id).map(|key| key.principal),
            None => self.principals.find(self.certificates.find_by_id(id)?.owner),
        }
    }

    /// The principal of that unique id.
    pub fn find_principal(&self, id: OwnerId) -> Option<Arc<Principal>> {
        self.principals.find(id)
    }

    /// The user of that name in an account, without regard to case.
    pub fn find_user(&self, account: AccountId, name: &str) -> Option<Arc<Principal>> {
        self.principals.find_by_name(account, PrincipalKind::User, name)
    }

    /// The group of that name in an account, without regard to case.
    pub fn find_group(&self, account: AccountId, name: &str) -> Option<Arc<Principal>> {
        self.principals.find_by_name(account, PrincipalKind::Group, name)
    }

    /// The role of that name in an account, without regard to case.
    pub fn find_role(&self, account: AccountId, name: &str) -> Option<Arc<Principal>> {
        self.principals.find_by_name(account, PrincipalKind::Role, name)
    }

    /// The managed policy of that ARN as it is in force.
    pub fn find_policy(&self, arn: &str) -> Option<InForce> {
        self.policies.find(arn)
    }

    /// The managed policies of these ARNs; one that is gone denies everything.
    pub fn hold_policies<'a>(&self, arns: impl IntoIterator<Item = &'a str>) -> Held {
        arns.into_iter().map(|arn| self.policies.hold(arn)).collect()
    }

    /// Every policy that grants a principal something or forbids it: its own and its groups'.
    pub fn policies_of(&self, principal: &Principal) -> Held {
        let mut held = Held::new();
        let mut hold = |principal: &Principal| {
            held.extend(principal.inline.iter().cloned());
            held.extend(principal.grants.attached.iter().map(|arn| self.policies.hold(arn)));
        };
        hold(principal);
        for group in &principal.grants.groups {
            // A group that is gone has no members: nothing it denied is lost.
            if let Some(group) = self.principals.find(*group) {
                hold(&group);
            }
        }
        held
    }

    /// The permissions boundary of a principal.
    pub fn boundary_of(&self, principal: &Principal) -> Option<Arc<Policy>> {
        principal.grants.boundary.as_ref().map(|arn| self.policies.hold(arn))
    }

    /// The session of a key and the token that came with it.
    pub(crate) fn open_session(&self, id: AccessKeyId, token: &str, sealer: &Sealer) -> Option<Arc<Session>> {
        self.sessions.open(id, token, sealer)
    }

    /// Whether any session was ever revoked.
    pub(crate) fn has_revocations(&self) -> bool {
        !self.revocations.is_empty()
    }

    /// Whether sessions of this subject made at `issued_at` were revoked.
    pub fn is_revoked(&self, account: AccountId, subject: &str, issued_at: Timestamp) -> bool {
        self.revocations.covers(account, subject, issued_at)
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
