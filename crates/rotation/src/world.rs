//! What a rotation needs of the world, as traits: the store, the endpoint, custody, consumers, evidence.
//! Methods take `&self`: an implementation brings its own connections.

use keystead_core::{KeyId, KeyStatus, Timestamp};

use crate::machine::{
    Command, EvidenceReport, Failure, Intent, ListedKey, Place, Principal, Rotation, Target,
};
use crate::receipt::Entry;

/// Where documents and entries are kept. Everything is durable before a method returns.
pub trait Journal {
    /// The document and its version.
    fn load(&self, rotation: &str) -> Result<(Rotation, u64), JournalError>;

    /// Replaces the document of version `expected` and appends `entries`, both or neither. Returns the
    /// new version.
    fn save(&self, rotation: &Rotation, expected: u64, entries: &[Entry]) -> Result<u64, JournalError>;

    /// The same for a rotation that need not be looked at before `until`, unless there is an order.
    fn save_until(
        &self,
        rotation: &Rotation,
        expected: u64,
        entries: &[Entry],
        until: Timestamp,
    ) -> Result<u64, JournalError> {
        let _ = until;
        self.save(rotation, expected, entries)
    }

    /// The orders with numbers above `after`, in order.
    fn commands(&self, rotation: &str, after: u64) -> Result<Vec<Command>, JournalError>;
}

/// Why the journal could not be read or written. Nothing is done in the world after one of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// There is no such rotation.
    #[error("there is no such rotation")]
    NotFound,
    /// Another runner has written since: this one is stale.
    #[error("another runner has written since")]
    Stale,
    /// The store does not answer; a write may have happened.
    #[error("the store does not answer")]
    Unavailable,
}

/// The endpoint at which the principal's keys live. Bound to one principal.
pub trait Authority {
    /// The principal's keys.
    fn list_keys(&self) -> Result<Vec<ListedKey>, Failure>;

    /// Creates a key and puts its secret into custody before it returns the id. At the embedded authority
    /// both are one transaction; elsewhere, when custody fails, the key is deleted again by its id.
    fn create_key(&self, intent: &Intent) -> Result<KeyId, Failure>;

    /// Changes a key's status.
    fn set_status(&self, key: KeyId, status: KeyStatus) -> Result<(), Failure>;

    /// Deletes a key.
    fn delete_key(&self, key: KeyId) -> Result<(), Failure>;

    /// Ends every session that was made with a key.
    fn cut_sessions(&self, key: KeyId) -> Result<(), Failure>;

    /// Whom a key belongs to, asked by signing with its custody copy; in another region where one is named.
    fn who_am_i(&self, key: KeyId, place: Option<&Place>) -> Result<Principal, Failure>;

    /// The regions other than the credential's own in which keys were last used, as far as was heard.
    fn places(&self) -> Vec<Place> {
        Vec::new()
    }

    /// The endpoint's clock minus ours in microseconds, as of the latest answer.
    fn clock_offset_micros(&self) -> Option<i64>;
}

/// Where the secrets of managed credentials are kept, sealed.
pub trait Custody {
    /// The keys of this credential whose secret can be opened.
    fn held_keys(&self, credential: &str) -> Result<Vec<KeyId>, Failure>;

    /// Whether a secret could be stored now.
    fn is_writable(&self) -> bool;

    /// Lets Keystead itself sign with `key` where this credential is its own; no copy is forgotten.
    fn switch_self(&self, _credential: &str, _key: KeyId) -> Result<(), Failure> {
        Ok(())
    }

    /// Makes `current` the credential's only key and forgets the copies of others.
    fn conclude(&self, credential: &str, current: KeyId) -> Result<(), Failure>;
}

/// The registered consumers of a managed credential.
pub trait Consumers {
    /// How each stands. Reading changes nothing.
    fn targets(&self, credential: &str) -> Result<Vec<Target>, Failure>;

    /// Answers `consumer` with `key` from now on, with leases of [`Rotation::lease`].
    fn deliver(&self, credential: &str, consumer: &str, key: KeyId) -> Result<(), Failure>;
}

/// Who used which key. Asked before every decision, so it flushes what it has buffered first.
pub trait Evidence {
    /// All that is known about the uses of `keys`.
    fn read(&self, principal: &Principal, keys: &[KeyId]) -> Result<EvidenceReport, Failure>;
}
