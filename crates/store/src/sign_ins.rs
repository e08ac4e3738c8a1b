//! What giving a password leaves behind: attempts, of which there is a budget, and the last use.

use std::collections::HashMap;
use std::time::Duration;

use keystead_core::user::fold_name;
use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// How many attempts an owner has, in how long a time.
const SLOTS: std::ops::RangeInclusive<i64> = 1..=5;
/// How long an attempt counts. Source: the budget that CVE-2026-27801 and its like were missing.
const WINDOW: Duration = Duration::from_mins(15);
/// The first use in so long a time is recorded. Source: IAM User Guide, "Finding unused passwords".
const USE_SPAN: Duration = Duration::from_mins(5);

/// The repository of attempts and uses.
pub struct SignIns<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Attempts to give a password, and their success.
    pub fn sign_ins(&mut self) -> SignIns<'_> {
        SignIns { sql: self.sql() }
    }
}

impl SignIns<'_> {
    /// Takes one attempt out of an owner's budget; false where none is left. The owner must be locked, so that
    /// two do not take the same.
    pub fn take_attempt(&mut self, account: AccountId, owner_id: &str, now: Timestamp) -> Result<bool> {
        let spent: Vec<i64> = self.sql.list(
            "select slot from password_attempts where account_id = $1 and owner_id = $2 and tried_at > $3",
            values![account, owner_id, now.minus(WINDOW)],
            |row| row.get(0),
        )?;
        let Some(slot) = SLOTS.into_iter().find(|slot| !spent.contains(slot)) else { return Ok(false) };
        self.sql.execute(
            "insert into password_attempts (account_id, owner_id, slot, tried_at) values ($1, $2, $3, $4)
             on conflict (account_id, owner_id, slot) do update set tried_at = $4",
            values![account, owner_id, slot, now],
        )?;
        Ok(true)
    }

    /// Gives the whole budget back, after a right password.
    pub fn clear_attempts(&mut self, account: AccountId, owner_id: &str) -> Result<()> {
        self.sql.execute(
            "delete from password_attempts where account_id = $1 and owner_id = $2",
            values![account, owner_id],
        )?;
        Ok(())
    }

    /// Records a use, unless one was recorded a moment ago.
    pub fn record_use(&mut self, account: AccountId, owner_id: &str, now: Timestamp) -> Result<()> {
        self.sql.execute(
            "insert into password_uses (account_id, owner_id, last_used_at) values ($1, $2, $3)
             on conflict (account_id, owner_id) do update set last_used_at = $3
             where password_uses.last_used_at <= $4",
            values![account, owner_id, now, now.minus(USE_SPAN)],
        )?;
        Ok(())
    }

    /// When an owner's password was last used.
    pub fn find_last_use(&mut self, account: AccountId, owner_id: &str) -> Result<Option<Timestamp>> {
        self.sql.find(
            "select last_used_at from password_uses where account_id = $1 and owner_id = $2",
            values![account, owner_id],
            |row| row.get(0),
        )
    }

    /// The same of all users of an account from one name to another, by user id.
    pub fn list_last_uses(
        &mut self,
        account: AccountId,
        first_name: &str,
        last_name: &str,
    ) -> Result<HashMap<String, Timestamp>> {
        let found = self.sql.list(
            "select used.owner_id, used.last_used_at
             from users join password_uses used
                 on used.account_id = users.account_id and used.owner_id = users.user_id
             where users.account_id = $1 and user_name_folded >= $2 and user_name_folded <= $3",
            values![account, fold_name(first_name), fold_name(last_name)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(found.into_iter().collect())
    }

    /// Forgets all of it, of an owner that is gone.
    pub fn delete(&mut self, account: AccountId, owner_id: &str) -> Result<()> {
        self.clear_attempts(account, owner_id)?;
        self.sql.execute(
            "delete from password_uses where account_id = $1 and owner_id = $2",
            values![account, owner_id],
        )?;
        Ok(())
    }
}
