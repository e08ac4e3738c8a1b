//! Browsers from which somebody signed in before.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of known devices.
pub struct KnownDevices<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Known devices.
    pub fn known_devices(&mut self) -> KnownDevices<'_> {
        KnownDevices { sql: self.sql() }
    }
}

impl KnownDevices<'_> {
    /// Remembers a device, or that it was seen again, and forgets those not seen since `seen_before`.
    pub fn put(
        &mut self,
        account: AccountId,
        owner_id: &str,
        token_hash: &[u8],
        now: Timestamp,
        seen_before: Timestamp,
    ) -> Result<()> {
        self.sql.execute("delete from known_devices where seen_at < $1", values![seen_before])?;
        self.sql.execute(
            "insert into known_devices (account_id, owner_id, token_hash, seen_at) values ($1, $2, $3, $4)
             on conflict (account_id, owner_id, token_hash) do update set seen_at = $4",
            values![account, owner_id, token_hash, now],
        )?;
        Ok(())
    }

    /// Whether a device is known of that owner.
    pub fn is_known(
        &mut self,
        account: AccountId,
        owner_id: &str,
        token_hash: &[u8],
        seen_after: Timestamp,
    ) -> Result<bool> {
        let found = self.sql.find(
            "select count(*) from known_devices
             where account_id = $1 and owner_id = $2 and token_hash = $3 and seen_at > $4",
            values![account, owner_id, token_hash, seen_after],
            |row| row.get::<i64>(0),
        )?;
        Ok(found.unwrap_or_default() > 0)
    }
}
