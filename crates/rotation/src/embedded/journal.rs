//! The journal in the store: document and entries in one transaction.

use std::sync::Arc;

use keystead_core::{AccountId, Timestamp};
use keystead_gate::Gate;
use keystead_store::custody::Material;
use keystead_store::rotations::{RotationEntry, RotationOrder, RotationRecord};
use keystead_store::{Command as StoreCommand, StoreError, Tx};

use super::Embedded;
use crate::machine::{Command, Happening, Order, Rotation, Stage};
use crate::notices::outbox;
use crate::plan;
use crate::receipt::{Entry, Position};
use crate::world::{Journal, JournalError};

/// The most entries a receipt is made from.
const ENTRIES_MAX: i64 = 100_000;

impl Journal for Embedded {
    fn load(&self, rotation: &str) -> Result<(Rotation, u64), JournalError> {
        let found = self.gate.store().read(|tx| tx.rotations().find(self.account, rotation));
        let record = found.map_err(|error| failed(&error))?.ok_or(JournalError::NotFound)?;
        let mut rotation = parse(&record)?;
        self.rename(&mut rotation)?;
        self.settle(&mut rotation)?;
        self.keep_calendar(&mut rotation, self.gate.clock().now())?;
        rotation.only_one_works = self.credential.material == Material::StoredValue;
        rotation.is_own = self.credential.cloud_account_id.is_some() || rotation.only_one_works;
        rotation.is_unseen = self.credential.material == Material::ServiceCredential;
        if rotation.is_unseen {
            // Somebody has to say that nobody else needs it: no evidence can.
            rotation.approvals.insert(Stage::Deactivate);
        }
        Ok((rotation, record.version.unsigned_abs()))
    }

    fn save(&self, rotation: &Rotation, expected: u64, entries: &[Entry]) -> Result<u64, JournalError> {
        self.save_due(rotation, expected, entries, None)
    }

    fn save_until(
        &self,
        rotation: &Rotation,
        expected: u64,
        entries: &[Entry],
        until: Timestamp,
    ) -> Result<u64, JournalError> {
        self.save_due(rotation, expected, entries, Some(until))
    }

    fn commands(&self, rotation: &str, after: u64) -> Result<Vec<Command>, JournalError> {
        let orders = self
            .gate
            .store()
            .read(|tx| tx.rotations().list_orders(self.account, rotation, after.cast_signed()));
        orders.map_err(|error| failed(&error))?.iter().map(command).collect()
    }
}

impl Embedded {
    /// Writes document and entries. A rotation that waits is not looked at before `until`, unless there is an order.
    fn save_due(
        &self,
        rotation: &Rotation,
        expected: u64,
        entries: &[Entry],
        until: Option<Timestamp>,
    ) -> Result<u64, JournalError> {
        let now = self.gate.clock().now();
        let mut record = record(self.account, rotation, now, now);
        record.due_at = record.due_at.map(|now| until.unwrap_or(now));
        let (rows, fence, ended) = (rows(entries), self.drive.fence.unwrap_or_default(), rotation.clone());
        let (gate, entries) = (Arc::clone(&self.gate), entries.to_vec());
        // The id names this very change, so that an outcome that got lost is looked up, not guessed.
        let id = format!("rotation/{}/{}", rotation.id, expected + 1);
        let command = StoreCommand { id, account: Some(self.account), invocation_id: None };
        self.gate.store().write(command, move |tx| {
            if !tx.rotations().update(&record, expected.cast_signed(), fence)? {
                // As an error, so that nothing is left of it: not even its name, under which another may write.
                return Err(JournalError::Stale);
            }
            rows.iter().try_for_each(|row| tx.rotations().append_entry(record.account, &record.id, row))?;
            outbox::queue(tx, &gate, record.account, (&ended, &entries), now)?;
            if ended.state.is_ended() {
                plan::set_next(tx, record.account, &ended, now)?;
            } else if until.is_some() {
                // Looked for after the row is held, so that none comes in between.
                let orders =
                    tx.rotations().list_orders(record.account, &record.id, ended.orders.cast_signed())?;
                if !orders.is_empty() {
                    tx.rotations().wake(record.account, &record.id, now)?;
                }
            }
            Ok(expected + 1)
        })
    }
}

/// Inserts a rotation that begins, with its first entry. Breaks `rotations_one_running` where one is running.
pub fn insert(
    tx: &mut Tx<'_>,
    gate: &Gate,
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
    let entries = [entry];
    for row in rows(&entries) {
        tx.rotations().append_entry(account, &rotation.id, &row)?;
    }
    outbox::queue(tx, gate, account, (&rotation, &entries), now)?;
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

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Replayed(_) => Self::Stale,
            error => failed(&error),
        }
    }
}

/// A store that fails is a journal that does not answer.
pub(super) fn failed(error: &StoreError) -> JournalError {
    tracing::warn!(%error, "a rotation's journal could not be used");
    JournalError::Unavailable
}
