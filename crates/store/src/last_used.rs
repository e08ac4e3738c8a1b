//! The last use of a key as AWS clients are shown it: at most one in each span of 15 minutes, of which the
//! first counts. Source: IAM API reference, AccessKeyLastUsed.

use std::time::Duration;

use keystead_core::{AccessKeyId, AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The use that is shown moves on only after so long.
pub const SPAN: Duration = Duration::from_mins(15);

/// The repository of last uses.
pub struct LastUsed<'t> {
    sql: &'t mut dyn Sql,
}

/// When, where and for which service a key was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// The account of the key.
    pub account: AccountId,
    /// The key.
    pub access_key_id: AccessKeyId,
    /// When, in whole seconds.
    pub at: Timestamp,
    /// In which region.
    pub region: Option<String>,
    /// For which service.
    pub service: Option<String>,
}

impl LastUse {
    /// Whether a use at that instant is shown instead of this one.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.at) >= SPAN
    }
}

impl Tx<'_> {
    /// Last uses of keys.
    pub fn last_used(&mut self) -> LastUsed<'_> {
        LastUsed { sql: self.sql() }
    }
}

impl LastUsed<'_> {
    /// Keeps a use, unless one is kept in whose span it falls.
    pub fn keep(&mut self, used: &LastUse) -> Result<()> {
        self.sql.execute(
            "insert into key_last_used (account_id, access_key_id, used_at, region, service)
             values ($1, $2, $3, $4, $5)
             on conflict (access_key_id) do update set
                 used_at = excluded.used_at, region = excluded.region, service = excluded.service
             where excluded.used_at >= key_last_used.used_at + $6",
            values![
                used.account,
                used.access_key_id,
                used.at,
                used.region.as_deref(),
                used.service.as_deref(),
                SPAN.as_micros() as i64,
            ],
        )?;
        Ok(())
    }

    /// The last use of a key.
    pub fn find(&mut self, account: AccountId, key: AccessKeyId) -> Result<Option<LastUse>> {
        self.sql.find(
            "select account_id, access_key_id, used_at, region, service from key_last_used
             where account_id = $1 and access_key_id = $2",
            values![account, key],
            last_use,
        )
    }

    /// All whose span is not over at `now`.
    pub fn list_open(&mut self, now: Timestamp) -> Result<Vec<LastUse>> {
        self.sql.list(
            "select account_id, access_key_id, used_at, region, service from key_last_used
             where used_at + $1 > $2",
            values![SPAN.as_micros() as i64, now],
            last_use,
        )
    }

    /// Forgets the last use of a key.
    pub fn delete(&mut self, account: AccountId, key: AccessKeyId) -> Result<u64> {
        self.sql.execute(
            "delete from key_last_used where account_id = $1 and access_key_id = $2",
            values![account, key],
        )
    }
}

fn last_use(row: &Row<'_>) -> Result<LastUse> {
    Ok(LastUse {
        account: row.get(0)?,
        access_key_id: row.get(1)?,
        at: row.get(2)?,
        region: row.get(3)?,
        service: row.get(4)?,
    })
}
