//! Wrong MFA codes of late. That an owner never has more than five of them in a span is a matter of places:
//! a wrong code takes one, and a place is free again when what it holds is old.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

const SLOTS: std::ops::RangeInclusive<i64> = 1..=5;

/// The repository of wrong codes.
pub struct MfaAttempts<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Wrong MFA codes.
    pub fn mfa_attempts(&mut self) -> MfaAttempts<'_> {
        MfaAttempts { sql: self.sql() }
    }
}

impl MfaAttempts<'_> {
    /// A place that holds nothing younger than `since`; none where the owner has to wait. Whoever asks has
    /// locked the owner.
    pub fn find_free_slot(
        &mut self,
        account: AccountId,
        owner_id: &str,
        since: Timestamp,
    ) -> Result<Option<i64>> {
        let taken: Vec<i64> = self.sql.list(
            "select slot from mfa_attempts where account_id = $1 and owner_id = $2 and failed_at > $3",
            values![account, owner_id, since],
            |row| row.get(0),
        )?;
        Ok(SLOTS.into_iter().find(|slot| !taken.contains(slot)))
    }

    /// Puts a wrong code in a place.
    pub fn fill_slot(
        &mut self,
        account: AccountId,
        owner_id: &str,
        slot: i64,
        failed_at: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "insert into mfa_attempts (account_id, owner_id, slot, failed_at) values ($1, $2, $3, $4)
             on conflict (account_id, owner_id, slot) do update set failed_at = excluded.failed_at",
            values![account, owner_id, slot, failed_at],
        )?;
        Ok(())
    }

    /// Forgets the wrong codes of an owner who is about to be gone.
    pub fn clear(&mut self, account: AccountId, owner_id: &str) -> Result<()> {
        self.sql.execute(
            "delete from mfa_attempts where account_id = $1 and owner_id = $2",
            values![account, owner_id],
        )?;
        Ok(())
    }
}
