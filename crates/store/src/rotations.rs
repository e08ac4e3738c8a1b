//! Rotations and their journals. What a rotation is, its document says; the store knows only what it must
//! find one by.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of rotations and their entries.
pub struct Rotations<'t> {
    sql: &'t mut dyn Sql,
}

/// A rotation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationRecord {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// The credential it rotates.
    pub credential_id: String,
    /// The state it is in, by name.
    pub state: String,
    /// Everything else about it, JSON.
    pub document: String,
    /// How often it was updated.
    pub version: i64,
    /// When to look at it next; none is not before someone acts.
    pub due_at: Option<Timestamp>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it ended, well or not.
    pub finished_at: Option<Timestamp>,
}

/// An entry of a rotation's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationEntry {
    /// Its place in the journal, from 1.
    pub number: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What sort of entry it is.
    pub kind: String,
    /// In words, for people.
    pub text: String,
    /// The same for programs, JSON.
    pub data: String,
}

/// What an operator ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationOrder {
    /// Its number, from 1.
    pub number: i64,
    /// When it was given.
    pub at: Timestamp,
    /// Who gave it.
    pub ordered_by: String,
    /// What is ordered, JSON.
    pub data: String,
}

/// Where a page of rotations ended; the next one goes on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationCursor {
    /// When the last rotation of the page was started.
    pub created_at: Timestamp,
    /// Its id.
    pub id: String,
}

impl Tx<'_> {
    /// Rotations and their journals.
    pub fn rotations(&mut self) -> Rotations<'_> {
        Rotations { sql: self.sql() }
    }
}

impl Rotations<'_> {
    /// Starts a rotation; breaks `rotations_one_running` where the credential has one that is unfinished.
    pub fn insert(&mut self, rotation: &RotationRecord) -> Result<()> {
        self.sql.execute(
            "insert into rotations
                 (account_id, rotation_id, credential_id, state, document, version, due_at, created_at,
                  updated_at, finished_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                rotation.account,
                &rotation.id,
                &rotation.credential_id,
                &rotation.state,
                &rotation.document,
                rotation.version,
                rotation.due_at,
                rotation.created_at,
                rotation.updated_at,
                rotation.finished_at,
            ],
        )?;
        Ok(())
    }

    /// The rotation of this id.
    pub fn find(&mut self, account: AccountId, id: &str) -> Result<Option<RotationRecord>> {
        self.sql.find(
            "select account_id, rotation_id, credential_id, state, document, version, due_at, created_at,
                    updated_at, finished_at
             from rotations where account_id = $1 and rotation_id = $2",
            values![account, id],
            rotation,
        )
    }

    /// The unfinished rotation of a credential.
    pub fn find_running(
        &mut self,
        account: AccountId,
        credential_id: &str,
    ) -> Result<Option<RotationRecord>> {
        self.sql.find(
            "select account_id, rotation_id, credential_id, state, document, version, due_at, created_at,
                    updated_at, finished_at
             from rotations where account_id = $1 and credential_id = $2 and finished_at is null",
            values![account, credential_id],
            rotation,
        )
    }

    /// At most `limit` rotations of an account, newest first, from the one after `after`.
    pub fn list(
        &mut self,
        account: AccountId,
        after: Option<&RotationCursor>,
        limit: i64,
    ) -> Result<Vec<RotationRecord>> {
        let (at, id) =
            after.map_or((i64::MAX, ""), |cursor| (cursor.created_at.micros(), cursor.id.as_str()));
        self.sql.list(
            "select account_id, rotation_id, credential_id, state, document, version, due_at, created_at,
                    updated_at, finished_at
             from rotations where account_id = $1 and (created_at, rotation_id) < ($2, $3)
             order by created_at desc, rotation_id desc limit $4",
            values![account, at, id, limit],
            rotation,
        )
    }

    /// At most `limit` unfinished rotations of all accounts that are due, the longest due first, from the one
    /// after `after`.
    pub fn list_due(
        &mut self,
        now: Timestamp,
        after: Option<&RotationRecord>,
        limit: i64,
    ) -> Result<Vec<RotationRecord>> {
        let (at, id) = after.map_or((i64::MIN, ""), |last| {
            (last.due_at.map_or(i64::MIN, Timestamp::micros), last.id.as_str())
        });
        self.sql.list(
            "select account_id, rotation_id, credential_id, state, document, version, due_at, created_at,
                    updated_at, finished_at
             from rotations where finished_at is null and due_at <= $1 and (due_at, rotation_id) > ($2, $3)
             order by due_at, rotation_id limit $4",
            values![now, at, id, limit],
            rotation,
        )
    }

    /// Has every unfinished rotation of an account looked at from `at` on.
    pub fn wake_all(&mut self, account: AccountId, at: Timestamp) -> Result<u64> {
        self.sql.execute(
            "update rotations set due_at = $1 where account_id = $2 and finished_at is null and due_at > $1",
            values![at, account],
        )
    }

    /// Has a rotation looked at from `at` on.
    pub fn wake(&mut self, account: AccountId, id: &str, at: Timestamp) -> Result<()> {
        self.sql.execute(
            "update rotations set due_at = $1
             where account_id = $2 and rotation_id = $3 and finished_at is null",
            values![at, account, id],
        )?;
        Ok(())
    }

    /// Stores a changed rotation with the next version; false where the stored one is no longer at
    /// `expected_version`, so that of two who saw the same only one goes on, and where another server has begun
    /// to advance rotations under a higher fence than `fence`.
    pub fn update(&mut self, rotation: &RotationRecord, expected_version: i64, fence: i64) -> Result<bool> {
        let updated = self.sql.execute(
            "update rotations set
                 state_since = case when state = $1 then state_since else $2 end,
                 state = $1, updated_at = $2, document = $3, version = version + 1, due_at = $4,
                 finished_at = $5, fence = $6
             where account_id = $7 and rotation_id = $8 and version = $9 and fence <= $6
                 and not exists (select 1 from leaderships where work = 'rotation' and fence > $6)",
            values![
                &rotation.state,
                rotation.updated_at,
                &rotation.document,
                rotation.due_at,
                rotation.finished_at,
                fence,
                rotation.account,
                &rotation.id,
                expected_version,
            ],
        )?;
        Ok(updated > 0)
    }

    /// Has every unfinished rotation looked at by `latest`: whatever was thought of the time before may be wrong.
    pub fn recall(&mut self, latest: Timestamp) -> Result<u64> {
        self.sql.execute(
            "update rotations set due_at = $1 where finished_at is null and due_at > $1",
            values![latest],
        )
    }

    /// Adds an entry to a rotation's journal under the next number; the entry's own number is not read.
    /// Breaks `rotation_entries_pkey` where someone else wrote at the same moment.
    pub fn append_entry(
        &mut self,
        account: AccountId,
        rotation_id: &str,
        entry: &RotationEntry,
    ) -> Result<()> {
        self.sql.execute(
            "insert into rotation_entries (account_id, rotation_id, number, at, kind, text, data)
             values ($1, $2, (select coalesce(max(number), 0) + 1 from rotation_entries
                              where account_id = $1 and rotation_id = $2), $3, $4, $5, $6)",
            values![account, rotation_id, entry.at, &entry.kind, &entry.text, &entry.data],
        )?;
        Ok(())
    }

    /// Adds an order under the next number and has the rotation looked at; the order's own number is not read.
    pub fn append_order(
        &mut self,
        account: AccountId,
        rotation_id: &str,
        order: &RotationOrder,
    ) -> Result<()> {
        self.sql.execute(
            "insert into rotation_orders (account_id, rotation_id, number, at, ordered_by, data)
             values ($1, $2, (select coalesce(max(number), 0) + 1 from rotation_orders
                              where account_id = $1 and rotation_id = $2), $3, $4, $5)",
            values![account, rotation_id, order.at, &order.ordered_by, &order.data],
        )?;
        self.wake(account, rotation_id, order.at)
    }

    /// The orders to a rotation with numbers above `after`, in order.
    pub fn list_orders(
        &mut self,
        account: AccountId,
        rotation_id: &str,
        after: i64,
    ) -> Result<Vec<RotationOrder>> {
        self.sql.list(
            "select number, at, ordered_by, data from rotation_orders
             where account_id = $1 and rotation_id = $2 and number > $3 order by number",
            values![account, rotation_id, after],
            |row| {
                Ok(RotationOrder {
                    number: row.get(0)?,
                    at: row.get(1)?,
                    ordered_by: row.get(2)?,
                    data: row.get(3)?,
                })
            },
        )
    }

    /// At most `limit` entries of a rotation's journal, in order, from the one after number `after`.
    pub fn list_entries(
        &mut self,
        account: AccountId,
        rotation_id: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RotationEntry>> {
        self.sql.list(
            "select number, at, kind, text, data from rotation_entries
             where account_id = $1 and rotation_id = $2 and number > $3 order by number limit $4",
            values![account, rotation_id, after, limit],
            |row| {
                Ok(RotationEntry {
                    number: row.get(0)?,
                    at: row.get(1)?,
                    kind: row.get(2)?,
                    text: row.get(3)?,
                    data: row.get(4)?,
                })
            },
        )
    }
}

fn rotation(row: &Row<'_>) -> Result<RotationRecord> {
    Ok(RotationRecord {
        account: row.get(0)?,
        id: row.get(1)?,
        credential_id: row.get(2)?,
        state: row.get(3)?,
        document: row.get(4)?,
        version: row.get(5)?,
        due_at: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
        finished_at: row.get(9)?,
    })
}
