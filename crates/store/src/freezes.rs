//! Freezes: times in which no rotation of an account begins or interrupts anybody.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of freezes.
pub struct Freezes<'t> {
    sql: &'t mut dyn Sql,
}

/// A freeze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Whose rotations rest.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// The ARN of who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Tx<'_> {
    /// Freezes.
    pub fn freezes(&mut self) -> Freezes<'_> {
        Freezes { sql: self.sql() }
    }
}

impl Freezes<'_> {
    /// Adds a freeze.
    pub fn insert(&mut self, freeze: &Freeze) -> Result<()> {
        self.sql.execute(
            "insert into rotation_freezes
                 (account_id, freeze_id, from_at, until_at, reason, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                freeze.account,
                &freeze.id,
                freeze.from,
                freeze.until,
                &freeze.reason,
                &freeze.created_by,
                freeze.created_at,
            ],
        )?;
        Ok(())
    }

    /// At most `limit` freezes that end after `now`, by their ids, from the one after `after`.
    pub fn list(
        &mut self,
        account: AccountId,
        now: Timestamp,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Freeze>> {
        self.sql.list(
            "select account_id, freeze_id, from_at, until_at, reason, created_by, created_at
             from rotation_freezes where account_id = $1 and until_at > $2 and freeze_id > $3
             order by freeze_id limit $4",
            values![account, now, after.unwrap_or_default(), limit],
            freeze,
        )
    }

    /// How many freezes there are that have not ended.
    pub fn count(&mut self, account: AccountId, now: Timestamp) -> Result<u64> {
        let count = self.sql.find(
            "select count(*) from rotation_freezes where account_id = $1 and until_at > $2",
            values![account, now],
            |row| row.get::<i64>(0),
        )?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// Deletes a freeze; false where there is none.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from rotation_freezes where account_id = $1 and freeze_id = $2",
            values![account, id],
        )?;
        Ok(deleted > 0)
    }
}

fn freeze(row: &Row<'_>) -> Result<Freeze> {
    Ok(Freeze {
        account: row.get(0)?,
        id: row.get(1)?,
        from: row.get(2)?,
        until: row.get(3)?,
        reason: row.get(4)?,
        created_by: row.get(5)?,
        created_at: row.get(6)?,
    })
}
