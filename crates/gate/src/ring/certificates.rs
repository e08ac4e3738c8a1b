//! Signing certificates by what they are known by: the SHA-256 of their DER form.
//!
//! Several accounts may have uploaded the same one, since a certificate is no secret: whoever asks names the
//! accounts it asks about, and among those the first to have uploaded it counts.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;
use keystead_core::{AccountId, KeyId, KeyStatus, SigningCertificate, Timestamp};

use super::principals::OwnerId;

/// SHA-256 of a certificate's DER form.
pub type Fingerprint = [u8; 32];

/// A signing certificate: whose it is and whether it is accepted.
#[derive(Clone, Debug)]
pub struct CertificateEntry {
    /// Its id.
    pub id: KeyId,
    /// The account it belongs to.
    pub account: AccountId,
    /// The user or root user it belongs to.
    pub owner: OwnerId,
    /// Active or inactive.
    pub status: KeyStatus,
    /// When it ends. It has begun: one that begins later is not taken.
    pub expires_at: Timestamp,
    uploaded_at: Timestamp,
    fingerprint: Fingerprint,
}

impl CertificateEntry {
    /// What memory keeps of a certificate.
    pub(super) fn of(row: &SigningCertificate) -> Option<Self> {
        Some(Self {
            id: row.id.parse().ok()?,
            account: row.account,
            owner: OwnerId::parse(&row.owner_id)?,
            status: row.status,
            expires_at: row.expires_at,
            uploaded_at: row.uploaded_at,
            fingerprint: row.fingerprint.as_slice().try_into().ok()?,
        })
    }
}

/// All signing certificates.
#[derive(Default)]
pub(super) struct Certificates(RwLock<Index>);

#[derive(Default)]
struct Index {
    entries: HashMap<Fingerprint, Vec<CertificateEntry>>,
    owned: HashMap<OwnerId, Vec<Fingerprint>>,
}

impl Certificates {
    /// The certificate, as the first of these accounts has it that uploaded it.
    pub(super) fn find(
        &self,
        fingerprint: &Fingerprint,
        is_asked: impl Fn(AccountId) -> bool,
    ) -> Option<CertificateEntry> {
        let index = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let entries = index.entries.get(fingerprint)?.iter().filter(|entry| is_asked(entry.account));
        entries.min_by_key(|entry| (entry.uploaded_at, entry.account)).cloned()
    }

    /// The certificate of an id, by looking at all there are.
    pub(super) fn find_by_id(&self, id: KeyId) -> Option<CertificateEntry> {
        let index = self.0.read().unwrap_or_else(PoisonError::into_inner);
        index.entries.values().flatten().find(|entry| entry.id == id).cloned()
    }

    pub(super) fn put(&self, entry: CertificateEntry) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).put(entry);
    }

    /// Takes `entries` for all that an owner has.
    pub(super) fn replace(&self, owner: OwnerId, entries: impl IntoIterator<Item = CertificateEntry>) {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        index.remove_all_of(owner);
        entries.into_iter().for_each(|entry| index.put(entry));
    }
}

impl Index {
    fn put(&mut self, entry: CertificateEntry) {
        self.owned.entry(entry.owner).or_default().push(entry.fingerprint);
        self.entries.entry(entry.fingerprint).or_default().push(entry);
    }

    fn remove_all_of(&mut self, owner: OwnerId) {
        for fingerprint in self.owned.remove(&owner).unwrap_or_default() {
            if let Some(entries) = self.entries.get_mut(&fingerprint) {
                entries.retain(|entry| entry.owner != owner);
                if entries.is_empty() {
                    self.entries.remove(&fingerprint);
                }
            }
        }
    }
}
