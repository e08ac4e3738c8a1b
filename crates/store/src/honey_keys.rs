//! Honey keys: keys that open nothing and are nobody's, so that whoever uses one has read what it was laid into.

use keystead_core::{AccessKeyId, AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of honey keys.
pub struct HoneyKeys<'t> {
    sql: &'t mut dyn Sql,
}

/// A honey key. Its secret is kept nowhere: no signature of it is ever right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoneyKey {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: AccessKeyId,
    /// Where it lies, in words.
    pub place: String,
    /// The ARN of who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Up to when its uses are in a leak report.
    pub alarmed_at: Timestamp,
}

impl Tx<'_> {
    /// Honey keys.
    pub fn honey_keys(&mut self) -> HoneyKeys<'_> {
        HoneyKeys { sql: self.sql() }
    }
}

impl HoneyKeys<'_> {
    /// Adds a key.
    pub fn insert(&mut self, key: &HoneyKey) -> Result<()> {
        self.sql.execute(
            "insert into honey_keys (account_id, access_key_id, place, created_by, created_at, alarmed_at)
             values ($1, $2, $3, $4, $5, $6)",
            values![key.account, key.id, &key.place, &key.created_by, key.created_at, key.alarmed_at],
        )?;
        Ok(())
    }

    /// At most `limit` keys of an account, by their ids, from the one after `after`.
    pub fn list(&mut self, account: AccountId, after: Option<&str>, limit: i64) -> Result<Vec<HoneyKey>> {
        self.sql.list(
            "select account_id, access_key_id, place, created_by, created_at, alarmed_at from honey_keys
             where account_id = $1 and access_key_id > $2 order by access_key_id limit $3",
            values![account, after.unwrap_or_default(), limit],
            honey_key,
        )
    }

    /// How many an account has.
    pub fn count(&mut self, account: AccountId) -> Result<u64> {
        let count = self.sql.find(
            "select count(*) from honey_keys where account_id = $1",
            values![account],
            |row| row.get::<i64>(0),
        )?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// The account of a key, whichever that is.
    pub fn find_account(&mut self, id: AccessKeyId) -> Result<Option<AccountId>> {
        self.sql
            .find("select account_id from honey_keys where access_key_id = $1", values![id], |row| row.get(0))
    }

    /// Deletes a key; false where there is none.
    pub fn delete(&mut self, account: AccountId, id: AccessKeyId) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from honey_keys where account_id = $1 and access_key_id = $2",
            values![account, id],
        )?;
        Ok(deleted > 0)
    }

    /// Those that were used since it was last told.
    pub fn list_used(&mut self, limit: i64) -> Result<Vec<HoneyKey>> {
        self.sql.list(
            "select account_id, access_key_id, place, created_by, created_at, alarmed_at from honey_keys h
             where exists (select 1 from key_uses u where u.access_key_id = h.access_key_id
                               and u.account_id = h.account_id and u.refused_at > h.alarmed_at)
             order by alarmed_at limit $1",
            values![limit],
            honey_key,
        )
    }

    /// Moves on up to when uses were told; false where another server has done so.
    pub fn move_alarmed(&mut self, key: &HoneyKey, to: Timestamp) -> Result<bool> {
        let moved = self.sql.execute(
            "update honey_keys set alarmed_at = $1
             where account_id = $2 and access_key_id = $3 and alarmed_at = $4",
            values![to, key.account, key.id, key.alarmed_at],
        )?;
        Ok(moved > 0)
    }

    /// Every key of the installation, for the key ring.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(AccessKeyId, AccountId)) -> Result<()> {
        self.sql.each("select access_key_id, account_id from honey_keys", &[], &mut |row| {
            visit(row.get(0)?, row.get(1)?);
            Ok(())
        })
    }
}

fn honey_key(row: &Row<'_>) -> Result<HoneyKey> {
    Ok(HoneyKey {
        account: row.get(0)?,
        id: row.get(1)?,
        place: row.get(2)?,
        created_by: row.get(3)?,
        created_at: row.get(4)?,
        alarmed_at: row.get(5)?,
    })
}
