//! Links by which somebody sets a password without knowing the present one.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of password resets.
pub struct PasswordResets<'t> {
    sql: &'t mut dyn Sql,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    /// The account of the owner.
    pub account: AccountId,
    /// A user id, or the account's number for the root user.
    pub owner_id: String,
    /// Hash of the token in the link.
    pub token_hash: Vec<u8>,
    /// ARN of who made it, `email`, or `operator`.
    pub made_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Tx<'_> {
    /// Password resets.
    pub fn password_resets(&mut self) -> PasswordResets<'_> {
        PasswordResets { sql: self.sql() }
    }
}

impl PasswordResets<'_> {
    /// Adds a link in the place of whichever the owner has.
    pub fn put(&mut self, reset: &PasswordReset) -> Result<()> {
        self.sql.execute(
            "insert into password_resets
                 (account_id, owner_id, token_hash, made_by, created_at, expires_at, used_at)
             values ($1, $2, $3, $4, $5, $6, null)
             on conflict (account_id, owner_id) do update
             set token_hash = $3, made_by = $4, created_at = $5, expires_at = $6, used_at = null",
            values![
                reset.account,
                &reset.owner_id,
                reset.token_hash.as_slice(),
                &reset.made_by,
                reset.created_at,
                reset.expires_at,
            ],
        )?;
        Ok(())
    }

    /// The link of a token, where it is good.
    pub fn find_open(&mut self, token_hash: &[u8], now: Timestamp) -> Result<Option<PasswordReset>> {
        self.sql.find(
            "select account_id, owner_id, token_hash, made_by, created_at, expires_at from password_resets
             where token_hash = $1 and expires_at > $2 and used_at is null",
            values![token_hash, now],
            password_reset,
        )
    }

    /// Whether another letter would be too soon after the owner's last link, or take the place of one that was made by
    /// hand and is good still.
    pub fn holds_back_letter(
        &mut self,
        account: AccountId,
        owner_id: &str,
        sent_before: Timestamp,
        now: Timestamp,
    ) -> Result<bool> {
        let held = self.sql.find(
            "select count(*) from password_resets
             where account_id = $1 and owner_id = $2
                 and (created_at > $3 or (made_by <> 'email' and used_at is null and expires_at > $4))",
            values![account, owner_id, sent_before, now],
            |row| row.get::<i64>(0),
        )?;
        Ok(held.unwrap_or_default() > 0)
    }

    /// Uses a link up; false where somebody did before, or it is good no more.
    pub fn take(&mut self, token_hash: &[u8], now: Timestamp) -> Result<bool> {
        let taken = self.sql.execute(
            "update password_resets set used_at = $1
             where token_hash = $2 and used_at is null and expires_at > $1",
            values![now, token_hash],
        )?;
        Ok(taken > 0)
    }
}

fn password_reset(row: &Row<'_>) -> Result<PasswordReset> {
    Ok(PasswordReset {
        account: row.get(0)?,
        owner_id: row.get(1)?,
        token_hash: row.get(2)?,
        made_by: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
    })
}
