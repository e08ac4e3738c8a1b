//! Imported logs: which of their events were counted, and up to when each is complete. The uses themselves go to
//! [`crate::uses`], beside those that this authority saw.

use keystead_core::{AccountId, KeyId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of imported logs.
pub struct Imports<'t> {
    sql: &'t mut dyn Sql,
}

/// Up to when a log is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceLog {
    /// Which sort of log.
    pub log: String,
    /// Later silence is not known.
    pub complete_until: Timestamp,
    /// When it was last imported.
    pub imported_at: Timestamp,
    /// The ARN of who did.
    pub imported_by: String,
}

impl Tx<'_> {
    /// Imported logs.
    pub fn imports(&mut self) -> Imports<'_> {
        Imports { sql: self.sql() }
    }
}

impl Imports<'_> {
    /// Enters an event; false where it was entered before.
    pub fn enter(&mut self, account: AccountId, event_id: &str, at: Timestamp) -> Result<bool> {
        let entered = self.sql.execute(
            "insert into imported_events (account_id, event_id, at) values ($1, $2, $3)
             on conflict (account_id, event_id) do nothing",
            values![account, event_id, at],
        )?;
        Ok(entered > 0)
    }

    /// Whether a key's secret is in an account's custody.
    pub fn is_managed(&mut self, account: AccountId, key: KeyId) -> Result<bool> {
        let found = self.sql.find(
            "select count(*) from custody_copies where account_id = $1 and access_key_id = $2",
            values![account, key],
            |row| row.get::<i64>(0),
        )?;
        Ok(found.unwrap_or_default() > 0)
    }

    /// How many events are remembered.
    pub fn count(&mut self, account: AccountId) -> Result<u64> {
        let count = self.sql.find(
            "select count(*) from imported_events where account_id = $1",
            values![account],
            |row| row.get::<i64>(0),
        )?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// Forgets events older than `before`, which must no longer be imported.
    pub fn purge(&mut self, account: AccountId, before: Timestamp) -> Result<u64> {
        self.sql.execute(
            "delete from imported_events where account_id = $1 and at < $2",
            values![account, before],
        )
    }

    /// Says up to when a log is complete; what was said before is never taken back.
    pub fn advance(&mut self, account: AccountId, log: &EvidenceLog) -> Result<()> {
        self.sql.execute(
            "insert into evidence_logs (account_id, log, complete_until, imported_at, imported_by)
             values ($1, $2, $3, $4, $5)
             on conflict (account_id, log) do update set
                 complete_until = case
                     when excluded.complete_until > evidence_logs.complete_until then excluded.complete_until
                     else evidence_logs.complete_until end,
                 imported_at = excluded.imported_at, imported_by = excluded.imported_by",
            values![account, &log.log, log.complete_until, log.imported_at, &log.imported_by],
        )?;
        Ok(())
    }

    /// The logs of an account.
    pub fn list(&mut self, account: AccountId) -> Result<Vec<EvidenceLog>> {
        self.sql.list(
            "select log, complete_until, imported_at, imported_by from evidence_logs
             where account_id = $1 order by log",
            values![account],
            |row| {
                Ok(EvidenceLog {
                    log: row.get(0)?,
                    complete_until: row.get(1)?,
                    imported_at: row.get(2)?,
                    imported_by: row.get(3)?,
                })
            },
        )
    }
}
