//! What a rotation needs of the world, as traits: the store, the endpoint, custody, consumers, evidence.
//! Methods take `&self`: an implementation brings its own connections.

use keystead_core::{AccessKeyId, KeyStatus};

use crate::machine::{Command, EvidenceReport, Failure, Intent, ListedKey, Principal, Rotation, Target};
use crate::receipt::Entry;

/// Where documents and entries are kept. Everything is durable before a method returns.
pub trait Journal {
    /// The document and its version.
    fn load(&self, rotation: &str) -> Result<(Rotation, u64), JournalError>;

    /// Replaces the document of version `expected` and appends `entries`, both or neither. Returns the
    /// new version.
    fn save(&self, rotation: &Rotation, expected: u64, entries: &[Entry]) -> Result<u64, JournalError>;

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
pub trait RemoteIam {
    /// The principal's keys.
    fn list_access_keys(&self) -> Result<Vec<ListedKey>, Failure>;

    /// Creates a key and puts its secret into custody before it returns the id. At the embedded authority
    /// both are one transaction; elsewhere, when custody fails, the key is deleted again by its id.
    fn create_access_key(&self, intent: &Intent) -> Result<AccessKeyId, Failure>;

    /// Changes a key's status.
    fn update_access_key(&self, key: AccessKeyId, status: KeyStatus) -> Result<(), Failure>;

    /// Deletes a key.
    fn delete_access_key(&self, key: AccessKeyId) -> Result<(), Failure>;

    /// Whom a key belongs to, asked by signing with its custody copy.
    fn who_am_i(&self, key: AccessKeyId) -> Result<Principal, Failure>;

    /// The endpoint's clock minus ours in microseconds, as of the latest answer.
    fn clock_offset_micros(&self) -> Option<i64>;
}

/// Where the secrets of managed credentials are kept, sealed.
pub trait Custody {
    /// The keys of this credential whose secret can be opened.
    fn held_keys(&self, credential: &str) -> Result<Vec<AccessKeyId>, Failure>;

    /// Whether a secret could be stored now.
    fn is_writable(&self) -> bool;

    /// Makes `current` the credential's only key and forgets the copies of others.
    fn conclude(&self, credential: &str, current: AccessKeyId) -> Result<(), Failure>;
}

/// The registered consumers of a managed credential.
pub trait Consumers {
    /// How each stands. Reading changes nothing.
    fn targets(&self, credential: &str) -> Result<Vec<Target>, Failure>;

    /// Answers `consumer` with `key` from now on, with leases of [`Rotation::lease`].
    fn deliver(&self, credential: &str, consumer: &str, key: AccessKeyId) -> Result<(), Failure>;
}

/// Who used which key. Asked before every decision, so it flushes what it has buffered first.
pub trait Evidence {
    /// All that is known about the uses of `keys`.
    fn read(&self, principal: &Principal, keys: &[AccessKeyId]) -> Result<EvidenceReport, Failure>;
}
