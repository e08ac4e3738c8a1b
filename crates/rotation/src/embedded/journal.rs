//! The journal in the store: document and entries in one transaction.

use keystead_core::{AccountId, Timestamp};
use keystead_store::rotations::{RotationEntry, RotationOrder, RotationRecord};
use keystead_store::{Command as StoreCommand, StoreError, Tx};

use super::Embedded;
use crate::machine::{Command, Happening, Order, Rotation};
use crate::receipt::{Entry, Position};
use crate::world::{Journal, JournalError};

/// The most entries a receipt is made from.
const ENTRIES_MAX: i64 = 100_000;

impl Journal for Embedded {
    fn load(&self, rotation: &str) -> Result<(Rotation, u64), JournalError> {
        let found = self.gate.store().read(|tx| tx.rotations().find(self.account, rotation));
        let record = found.map_err(|error| failed(&error))?.ok_or(JournalError::NotFound)?;
        Ok((parse(&record)?, record.version.unsigned_abs()))
    }

    fn save(&self, rotation: &Rotation, expected: u64, entries: &[Entry]) -> Result<u64, JournalError> {
        let now = self.gate.clock().now();
        let record = record(self.account, rotation, now, now);
        let rows = rows(entries);
        // The id names this very change, so that an outcome that got lost is looked up, not guessed.
        let id = format!("rotation/{}/{}", rotation.id, expected + 1);
        let command = StoreCommand { id, account: Some(self.account), invocation_id: None };
        let written = self.gate.store().write(command, move |tx| {
            if !tx.rotations().update(&record, expected.cast_signed())? {
                return Ok(false);
            }
            rows.iter().try_for_each(|row| tx.rotations().append_entry(record.account, &record.id, row))?;
            Ok::<_, StoreError>(true)
        });
        match written {
            Ok(true) => Ok(expected + 1),
            Ok(false) | Err(StoreError::Replayed(_)) => Err(JournalError::Stale),
            Err(error) => Err(failed(&error)),
        }
    }

    fn commands(&self, rotation: &str, after: u64) -> Result<Vec<Command>, JournalError> {
        let orders = self
            .gate
            .store()
            .read(|tx| tx.rotations().list_orders(self.account, rotation, after.cast_signed()));
        orders.map_err(|error| failed(&error))?.iter().map(command).collect()
    }
}

/// Inserts a rotation that begins, with its first entry. Breaks `rotations_one_running` where one is running.
pub fn insert(
    tx: &mut Tx<'_>,
    account: AccountId,
    mut rotation: Rotation,
    now: Timestamp,
) -> keystead_store::Result<Rotation> {
    let started = Happening::Started {
        credential: rotation.credential.clone(),
        old_key: rotation.old_key,
        profile: rotation.profile.name.clone(),
    };
    let entry = Entry::chain(&mut rotation.journal, now, started);
    tx.rotations().insert(&record(account, &rotation, now, now))?;
    for row in rows(&[entry]) {
        tx.rotations().append_entry(account, &rotation.id, &row)?;
    }
    Ok(rotation)
}

/// The document of a stored rotation.
pub fn parse(record: &RotationRecord) -> Result<Rotation, JournalError> {
    serde_json::from_str(&record.document).map_err(|error| {
        tracing::error!(%error, rotation = record.id, "a rotation's document cannot be read");
        JournalError::Unavailable
    })
}

/// All entries of a rotation, checked against the chain.
pub fn entries(tx: &mut Tx<'_>, account: AccountId, rotation_id: &str) -> keystead_store::Result<Vec<Entry>> {
    let rows = tx.rotations().list_entries(account, rotation_id, 0, ENTRIES_MAX)?;
    let mut entries = Vec::with_capacity(rows.len());
    let mut position = Position::default();
    for row in rows {
        let happening = serde_json::from_str(&row.data)
            .map_err(|error| StoreError::Corrupt(format!("an entry of rotation {rotation_id}: {error}")))?;
        entries.push(Entry::chain(&mut position, row.at, happening));
    }
    Ok(entries)
}

/// An order as it is stored.
pub fn order_row(order: &Order, by: String, now: Timestamp) -> RotationOrder {
    let data = serde_json::to_string(order).unwrap_or_default();
    RotationOrder { number: 0, at: now, ordered_by: by, data }
}

fn command(row: &RotationOrder) -> Result<Command, JournalError> {
    let order = serde_json::from_str(&row.data).map_err(|_| JournalError::Unavailable)?;
    Ok(Command { number: row.number.unsigned_abs(), by: row.ordered_by.clone(), order })
}

fn record(account: AccountId, rotation: &Rotation, created_at: Timestamp, now: Timestamp) -> RotationRecord {
    let ended = rotation.state.is_ended();
    RotationRecord {
        account,
        id: rotation.id.clone(),
        credential_id: rotation.credential.clone(),
        state: rotation.state.name().to_owned(),
        document: serde_json::to_string(rotation).unwrap_or_default(),
        version: 1,
        // When the next look is due is kept in memory: after a crash every unfinished rotation is looked at.
        due_at: (!ended).then_some(now),
        created_at,
        updated_at: now,
        finished_at: ended.then_some(now),
    }
}

fn rows(entries: &[Entry]) -> Vec<RotationEntry> {
    let row = |entry: &Entry| RotationEntry {
        number: entry.number.cast_signed(),
        at: entry.at,
        kind: entry.happening.kind().to_owned(),
        text: entry.happening.to_string(),
        data: serde_json::to_string(&entry.happening).unwrap_or_default(),
    };
    entries.iter().map(row).collect()
}

/// A store that fails is a journal that does not answer.
pub(super) fn failed(error: &StoreError) -> JournalError {
    tracing::warn!(%error, "a rotation's journal could not be used");
    JournalError::Unavailable
}
