//! Passkeys: MFA devices that sign. One is used by a conditional update, so that of two who bring one signature at once
//! one is told true.

use keystead_core::{AccountId, Timestamp};

use crate::counts::{Counted, Counts};
use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of passkeys.
pub struct Passkeys<'t> {
    sql: &'t mut dyn Sql,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its ARN.
    pub serial_number: String,
    /// A user id, or the account's number for the root user.
    pub owner_id: String,
    /// The host name that the browser made it for, and signs for.
    pub site: String,
    /// The authenticator's name for it, base64url.
    pub credential_id: String,
    /// Its public key and counter, JSON.
    pub credential: String,
    /// How often it was used.
    pub uses: i64,
    /// Since when it is its owner's.
    pub enabled_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

impl Tx<'_> {
    /// Passkeys.
    pub fn passkeys(&mut self) -> Passkeys<'_> {
        Passkeys { sql: self.sql() }
    }
}

impl Passkeys<'_> {
    /// Adds a passkey; breaks `passkeys_credential_unique` where the account has it.
    pub fn insert(&mut self, passkey: &Passkey) -> Result<()> {
        self.sql.execute(
            "insert into passkeys
                 (account_id, serial_number, owner_id, site, credential_id, credential, uses, enabled_at, used_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                passkey.account,
                &passkey.serial_number,
                &passkey.owner_id,
                &passkey.site,
                &passkey.credential_id,
                &passkey.credential,
                passkey.uses,
                passkey.enabled_at,
                passkey.used_at,
            ],
        )?;
        Counts::new(self.sql).add(passkey.account, Counted::MfaDevicesInUse, 1)?;
        Ok(())
    }

    /// The passkeys of an owner by serial number.
    pub fn list_by_owner(&mut self, account: AccountId, owner_id: &str) -> Result<Vec<Passkey>> {
        self.sql.list(
            "select account_id, serial_number, owner_id, site, credential_id, credential, uses, enabled_at, used_at
             from passkeys where account_id = $1 and owner_id = $2 order by serial_number",
            values![account, owner_id],
            passkey,
        )
    }

    /// Records a use, with what the authenticator's counter says now. False where it was used since it was read.
    pub fn record_use(&mut self, read: &Passkey, credential: &str, now: Timestamp) -> Result<bool> {
        let recorded = self.sql.execute(
            "update passkeys set credential = $1, uses = uses + 1, used_at = $2
             where account_id = $3 and serial_number = $4 and uses = $5",
            values![credential, now, read.account, &read.serial_number, read.uses],
        )?;
        Ok(recorded > 0)
    }

    /// Deletes a passkey of an owner; false where the owner has no such one.
    pub fn delete(&mut self, account: AccountId, serial_number: &str, owner_id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from passkeys where account_id = $1 and serial_number = $2 and owner_id = $3",
            values![account, serial_number, owner_id],
        )?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::MfaDevicesInUse, -1)?;
        }
        Ok(deleted > 0)
    }
}

fn passkey(row: &Row<'_>) -> Result<Passkey> {
    Ok(Passkey {
        account: row.get(0)?,
        serial_number: row.get(1)?,
        owner_id: row.get(2)?,
        site: row.get(3)?,
        credential_id: row.get(4)?,
        credential: row.get(5)?,
        uses: row.get(6)?,
        enabled_at: row.get(7)?,
        used_at: row.get(8)?,
    })
}
