//! Imported logs beside what an endpoint tells of a key's last use: a log says who, the endpoint says whether.
//!
//! A log is complete up to a time. A use before it that the log has is attributed to whom the log names; one that it
//! has not, and every later one, stays somebody's. Silence of a log after that time is not silence.

use std::collections::BTreeMap;
use std::time::Duration;

use keystead_core::{KeyId, Timestamp};
use keystead_store::Tx;
use keystead_store::custody::{CredentialKind, ManagedCredential};

use super::{Embedded, evidence, journal};
use crate::machine::{Rotation, Use};
use crate::world::JournalError;

/// The endpoint does not say who used a key: all of them are one consumer.
pub(super) const SOMEBODY: &str = "somebody (the endpoint does not say who)";
/// Of the uses in this time the endpoint records the first.
const SPAN: Duration = Duration::from_mins(15);

/// What imported logs say of a credential's keys.
#[derive(Default)]
pub(super) struct Logs {
    /// The uses that they have.
    pub(super) uses: Vec<Use>,
    /// Up to when they are complete.
    pub(super) complete_until: Option<Timestamp>,
    last_at: BTreeMap<KeyId, Timestamp>,
}

impl Logs {
    pub(super) fn of(
        tx: &mut Tx<'_>,
        credential: &ManagedCredential,
        keys: &[KeyId],
    ) -> keystead_store::Result<Self> {
        let complete_until =
            tx.imports().list(credential.account)?.iter().map(|log| log.complete_until).max();
        if complete_until.is_none() {
            return Ok(Self::default());
        }
        let uses = evidence::uses_of(tx, credential, keys)?;
        let mut last_at = BTreeMap::new();
        for seen in &uses {
            let last = last_at.entry(seen.key).or_insert(seen.last_at);
            *last = seen.last_at.max(*last);
        }
        Ok(Self { uses, complete_until, last_at })
    }

    /// Whether a use that the endpoint tells of is one that the logs have.
    pub(super) fn tells_of(&self, key: KeyId, at: Timestamp) -> bool {
        let is_covered = self.complete_until.is_some_and(|until| at <= until);
        is_covered && self.last_at.get(&key).is_some_and(|last| last.plus(SPAN) >= at)
    }
}

impl Embedded {
    /// Forgets somebody, once all that somebody did is known to be others' doing.
    pub(super) fn settle(&self, rotation: &mut Rotation) -> Result<(), JournalError> {
        if self.credential.kind != CredentialKind::Remote || !rotation.consumers.contains_key(SOMEBODY) {
            return Ok(());
        }
        let keys: Vec<_> = [Some(rotation.old_key), rotation.new_key].into_iter().flatten().collect();
        let logs = self.gate.store().read(|tx| Logs::of(tx, &self.credential, &keys));
        let logs = logs.map_err(|error| journal::failed(&error))?;
        let is_told = rotation.consumers.get(SOMEBODY).is_some_and(|somebody| {
            somebody.traces.iter().all(|(key, trace)| trace.last_at.is_none_or(|at| logs.tells_of(*key, at)))
        });
        if is_told {
            rotation.consumers.remove(SOMEBODY);
        }
        Ok(())
    }
}
