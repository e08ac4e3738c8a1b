//! Deletions of service-linked roles, so that clients can ask how they went.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of deletions.
pub struct RoleDeletions<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Deletions of service-linked roles.
    pub fn role_deletions(&mut self) -> RoleDeletions<'_> {
        RoleDeletions { sql: self.sql() }
    }
}

impl RoleDeletions<'_> {
    /// Writes down that a deletion was done.
    pub fn insert(&mut self, account: AccountId, task_id: &str, now: Timestamp) -> Result<()> {
        self.sql.execute(
            "insert into role_deletions (account_id, task_id, deleted_at) values ($1, $2, $3)",
            values![account, task_id, now],
        )?;
        Ok(())
    }

    /// When that deletion was done.
    pub fn find(&mut self, account: AccountId, task_id: &str) -> Result<Option<Timestamp>> {
        self.sql.find(
            "select deleted_at from role_deletions where account_id = $1 and task_id = $2",
            values![account, task_id],
            |row| row.get(0),
        )
    }
}
