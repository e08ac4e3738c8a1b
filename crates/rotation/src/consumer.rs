//! What is known of each application that uses a managed credential: what it is served, what it holds,
//! and with which key it was seen.

use std::collections::BTreeMap;
use std::time::Duration;

use keystead_core::{KeyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::Failure;
use crate::steady::Steady;

/// How the key reaches a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsumerKind {
    /// Asks for the key each time its lease has run out (`credential_process`): an answer bounds how
    /// long it holds a key.
    Pull,
    /// An agent beside it writes the shared credentials file and has it reloaded. What the application
    /// holds in memory is bounded by nothing, so `applied` alone does not prove that it moved.
    File,
    /// Keystead writes the key where it is read from, reads it back and has it taken up. What the
    /// application holds in memory is bounded by nothing, as with a file.
    Push,
    /// A person carries the key there. Only being seen with it proves that it arrived.
    Manual,
    /// Never registered, only seen using the key.
    Observed,
}

impl ConsumerKind {
    /// Whether Keystead decides which key it is given.
    pub fn is_registered(self) -> bool {
        self != Self::Observed
    }
}

/// A consumer as the rotation's document keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a decision of its own, made by its own order")]
pub struct Consumer {
    /// How the key reaches it.
    pub kind: ConsumerKind,
    /// How often it runs by its owner's word.
    pub batch_interval: Option<Duration>,
    /// The longest time seen between two uses, of any key.
    pub cadence: Option<Duration>,
    /// The key it is answered with from now on.
    pub serving: Option<KeyId>,
    /// The key it was last answered with, or reported as applied.
    pub applied: Option<KeyId>,
    /// Delivery passes it over: by an operator, or because it is refused with the arriving key.
    pub skipped: bool,
    /// An operator decided that its use of the leaving key does not count.
    pub exempt: bool,
    /// An operator accepted that no more will be known about its rhythm.
    pub accepted: bool,
    /// Failed deliveries in a row.
    pub attempts: u32,
    /// When delivery is tried again.
    pub retry_at: Steady,
    /// Why the last delivery did not succeed.
    #[serde(default)]
    pub trouble: Option<Failure>,
    /// The rotation goes on without it when it does not take the key in time.
    #[serde(default)]
    pub is_optional: bool,
    /// What was seen of it with each key.
    pub traces: BTreeMap<KeyId, Trace>,
}

/// What was seen of one consumer with one key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The last use as the source dates it.
    pub last_at: Option<Timestamp>,
    /// Uses counted by the source.
    pub count: u64,
    /// How many of them were refused.
    pub refused: u64,
    /// When this rotation learned of the latest; never earlier than the use itself.
    pub learned: Option<Steady>,
    /// When its latest answer with this key was given.
    pub answered_at: Option<Timestamp>,
    /// When the longest of the answers with this key has run out.
    pub lease_until: Option<Steady>,
}

impl Consumer {
    /// A consumer nothing is known of yet.
    pub fn new(kind: ConsumerKind) -> Self {
        Self {
            kind,
            batch_interval: None,
            cadence: None,
            serving: None,
            applied: None,
            skipped: false,
            exempt: false,
            accepted: false,
            attempts: 0,
            retry_at: Steady::default(),
            trouble: None,
            is_optional: false,
            traces: BTreeMap::new(),
        }
    }

    /// Whether it was ever seen with `key`.
    pub fn was_seen_with(&self, key: KeyId) -> bool {
        self.traces.get(&key).is_some_and(|t| t.learned.is_some())
    }

    /// When its latest use of `key` was learned of.
    pub fn last_learned(&self, key: KeyId) -> Option<Steady> {
        self.traces.get(&key).and_then(|t| t.learned)
    }

    /// When it can no longer hold `key` out of an answer.
    pub fn lease_until(&self, key: KeyId) -> Option<Steady> {
        self.traces.get(&key).and_then(|t| t.lease_until)
    }

    /// Whether it was ever given `key` or seen with it.
    pub fn ever_had(&self, key: KeyId) -> bool {
        self.serving == Some(key) || self.applied == Some(key) || self.traces.contains_key(&key)
    }
}
