//! Signing keys derived from secrets, cached: deriving one costs four HMACs and the opening of a secret.
//!
//! A key is put in only after a signature made with it was right, so strangers cannot fill the cache. The
//! status of the access key is checked before the cache is asked, so nothing is ever taken out for a
//! revocation to hold; and the sealed secret's nonce is part of the cache's key, so a secret that came back
//! under the same id would not find its predecessor's.

use hashbrown::Equivalent;
use keystead_aws::sigv4::SigningKey;

use super::keys::KeyEntry;

/// How many derived keys are kept: each is about 350 bytes.
pub(super) const CAPACITY: usize = 100_000;

/// The credential scope of a signature.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct Scope<'a> {
    /// `YYYYMMDD`.
    pub date: &'a str,
    /// For example `us-east-1`.
    pub region: &'a str,
    /// For example `iam`.
    pub service: &'a str,
}

#[derive(Clone, PartialEq, Eq)]
struct Held {
    key: u128,
    nonce: u64,
    date: Box<str>,
    region: Box<str>,
    service: Box<str>,
}

#[derive(Hash)]
struct Asked<'a> {
    key: u128,
    nonce: u64,
    scope: Scope<'a>,
}

impl std::hash::Hash for Held {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let scope = Scope { date: &self.date, region: &self.region, service: &self.service };
        Asked { key: self.key, nonce: self.nonce, scope }.hash(state);
    }
}

impl Equivalent<Held> for Asked<'_> {
    fn equivalent(&self, held: &Held) -> bool {
        self.key == held.key
            && self.nonce == held.nonce
            && *self.scope.date == *held.date
            && *self.scope.region == *held.region
            && *self.scope.service == *held.service
    }
}

/// The bounded cache.
pub(super) struct DerivedKeys(quick_cache::sync::Cache<Held, SigningKey>);

impl DerivedKeys {
    pub(super) fn new(capacity: usize) -> Self {
        Self(quick_cache::sync::Cache::new(capacity))
    }

    pub(super) fn find(&self, entry: &KeyEntry, scope: &Scope<'_>) -> Option<SigningKey> {
        self.0.get(&Asked { key: entry.id.packed(), nonce: nonce(entry), scope: *scope })
    }

    pub(super) fn insert(&self, entry: &KeyEntry, scope: &Scope<'_>, key: SigningKey) {
        let held = Held {
            key: entry.id.packed(),
            nonce: nonce(entry),
            date: scope.date.into(),
            region: scope.region.into(),
            service: scope.service.into(),
        };
        self.0.insert(held, key);
    }
}

/// Eight bytes of the sealed secret's nonce, which follows the version byte and the data key's number.
fn nonce(entry: &KeyEntry) -> u64 {
    let bytes = entry.sealed.as_bytes().get(5..13).and_then(|b| b.try_into().ok());
    bytes.map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keystead_core::{AccessKeyId, KeyStatus};

    use super::*;
    use crate::ring::{Principal, SealedSecret};

    const SCOPE: Scope<'_> = Scope { date: "20260101", region: "us-east-1", service: "iam" };

    fn entry(number: u128, sealed: &[u8]) -> KeyEntry {
        KeyEntry {
            id: AccessKeyId::from_packed(number),
            principal: Arc::new(Principal::root("123456789012".parse().unwrap(), "r@example.com")),
            status: KeyStatus::Active,
            sealed: SealedSecret::new(sealed),
        }
    }

    #[test]
    fn a_derived_key_is_found_for_its_own_key_secret_and_scope_only() {
        let keys = DerivedKeys::new(10);
        let sealed = [7; 73];
        let mut other_secret = sealed;
        other_secret[5] = 8;
        let ours = entry(1, &sealed);
        keys.insert(&ours, &SCOPE, SigningKey::derive("secret", SCOPE.date, SCOPE.region, SCOPE.service));
        assert!(keys.find(&ours, &SCOPE).is_some());
        assert!(keys.find(&entry(2, &sealed), &SCOPE).is_none());
        assert!(keys.find(&entry(1, &other_secret), &SCOPE).is_none());
        for scope in [
            Scope { date: "20260102", ..SCOPE },
            Scope { region: "us-east-2", ..SCOPE },
            Scope { service: "sts", ..SCOPE },
        ] {
            assert!(keys.find(&ours, &scope).is_none(), "{scope:?}");
        }
    }

    #[test]
    fn the_cache_is_bounded() {
        let keys = DerivedKeys::new(10);
        for number in 0..1000 {
            let key = SigningKey::derive("secret", SCOPE.date, SCOPE.region, SCOPE.service);
            keys.insert(&entry(number, &[7; 73]), &SCOPE, key);
        }
        let held = (0..1000).filter(|number| keys.find(&entry(*number, &[7; 73]), &SCOPE).is_some()).count();
        assert!((1..=10).contains(&held), "{held}");
    }
}
