//! Sessions that are no longer good, by what they were made from and when.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of revocations.
pub struct SessionRevocations<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Revocations of sessions.
    pub fn session_revocations(&mut self) -> SessionRevocations<'_> {
        SessionRevocations { sql: self.sql() }
    }
}

impl SessionRevocations<'_> {
    /// Refuses all sessions of a subject that were made until `before`; an earlier revocation never lapses.
    pub fn put(&mut self, account: AccountId, subject: &str, before: Timestamp) -> Result<()> {
        self.sql.execute(
            "insert into session_revocations (account_id, subject, before) values ($1, $2, $3)
             on conflict (account_id, subject) do update
             set before = excluded.before where session_revocations.before < excluded.before",
            values![account, subject, before],
        )?;
        Ok(())
    }

    /// Until when sessions of a subject are refused.
    pub fn find(&mut self, account: AccountId, subject: &str) -> Result<Option<Timestamp>> {
        self.sql.find(
            "select before from session_revocations where account_id = $1 and subject = $2",
            values![account, subject],
            |row| row.get(0),
        )
    }

    /// Every revocation of the installation, for the key ring: account, subject, until when.
    pub fn each_for_ring(
        &mut self,
        visit: &mut dyn FnMut(AccountId, &str, Timestamp) -> Result<()>,
    ) -> Result<()> {
        self.sql.each("select account_id, subject, before from session_revocations", &[], &mut |row| {
            visit(row.get(0)?, row.get(1)?, row.get(2)?)
        })
    }
}
