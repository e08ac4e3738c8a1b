//! Accounts, the tenants of everything else.

use keystead_core::{Account, AccountId, AccountStatus, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of accounts.
pub struct Accounts<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Accounts.
    pub fn accounts(&mut self) -> Accounts<'_> {
        Accounts { sql: self.sql() }
    }
}

impl Accounts<'_> {
    /// Adds an account; breaks `accounts_email_unique` where the root user's address is taken.
    pub fn insert(&mut self, account: &Account) -> Result<()> {
        self.sql.execute(
            "insert into accounts (account_id, name, root_email, root_email_folded, status, created_at)
             values ($1, $2, $3, $4, $5, $6)",
            values![
                account.id,
                &account.name,
                &account.root_email,
                fold_email(&account.root_email),
                account.status.as_str(),
                account.created_at,
            ],
        )?;
        Ok(())
    }

    /// The account of this number.
    pub fn find(&mut self, id: AccountId) -> Result<Option<Account>> {
        self.sql.find(
            "select account_id, name, root_email, status, created_at from accounts where account_id = $1",
            values![id],
            account,
        )
    }

    /// The account whose root user has this address, without regard to case.
    pub fn find_by_email(&mut self, root_email: &str) -> Result<Option<Account>> {
        self.sql.find(
            "select account_id, name, root_email, status, created_at
             from accounts where root_email_folded = $1",
            values![fold_email(root_email)],
            account,
        )
    }

    /// Which session tokens the global endpoint gives out for an account: 1 or 2.
    pub fn token_version(&mut self, id: AccountId) -> Result<i64> {
        let version = self.sql.find(
            "select token_version from accounts where account_id = $1",
            values![id],
            |row| row.get(0),
        )?;
        version.ok_or_else(|| StoreError::Corrupt(format!("there is no account {id}")))
    }

    /// Sets it.
    pub fn set_token_version(&mut self, id: AccountId, version: i64) -> Result<()> {
        self.sql
            .execute("update accounts set token_version = $1 where account_id = $2", values![version, id])?;
        Ok(())
    }

    /// At most `limit` accounts by number, from the one after `after`.
    pub fn list(&mut self, after: Option<AccountId>, limit: i64) -> Result<Vec<Account>> {
        self.sql.list(
            "select account_id, name, root_email, status, created_at
             from accounts where account_id > $1 order by account_id limit $2",
            values![after.map_or_else(String::new, |id| id.to_string()), limit],
            account,
        )
    }

    /// Gives the root user another address; breaks `accounts_email_unique` where it is taken.
    pub fn update_email(&mut self, id: AccountId, root_email: &str) -> Result<()> {
        self.sql.execute(
            "update accounts set root_email = $1, root_email_folded = $2 where account_id = $3",
            values![root_email, fold_email(root_email), id],
        )?;
        Ok(())
    }

    /// Closes an account; false where there is none that is open.
    pub fn close(&mut self, id: AccountId, now: Timestamp) -> Result<bool> {
        let closed = self.sql.execute(
            "update accounts set status = 'Closed', closed_at = $1
             where account_id = $2 and status = 'Active'",
            values![now, id],
        )?;
        Ok(closed > 0)
    }
}

fn account(row: &Row<'_>) -> Result<Account> {
    let status = row.get(3)?;
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        root_email: row.get(2)?,
        status: AccountStatus::parse(status)
            .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is no status of an account")))?,
        created_at: row.get(4)?,
    })
}

/// An address as it is compared.
fn fold_email(email: &str) -> String {
    email.to_lowercase()
}
