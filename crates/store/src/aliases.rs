//! The names that accounts go by besides their numbers: one at most, and no two the same.

use keystead_core::AccountId;

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of account aliases.
pub struct Aliases<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Aliases of accounts.
    pub fn aliases(&mut self) -> Aliases<'_> {
        Aliases { sql: self.sql() }
    }
}

impl Aliases<'_> {
    /// The alias of an account.
    pub fn find(&mut self, account: AccountId) -> Result<Option<String>> {
        let found =
            self.sql.find("select alias from accounts where account_id = $1", values![account], |row| {
                row.get(0)
            })?;
        Ok(found.flatten())
    }

    /// The account that goes by an alias.
    pub fn find_account(&mut self, alias: &str) -> Result<Option<AccountId>> {
        self.sql.find("select account_id from accounts where alias = $1", values![alias], |row| row.get(0))
    }

    /// Gives an account another alias; false where it has this one already. Breaks `accounts_alias_unique`
    /// where another account has it.
    pub fn replace(&mut self, account: AccountId, alias: &str) -> Result<bool> {
        let replaced = self.sql.execute(
            "update accounts set alias = $1 where account_id = $2 and (alias is null or alias <> $1)",
            values![alias, account],
        )?;
        Ok(replaced > 0)
    }

    /// Takes this alias off an account; false where it has not got it.
    pub fn remove(&mut self, account: AccountId, alias: &str) -> Result<bool> {
        let removed = self.sql.execute(
            "update accounts set alias = null where account_id = $1 and alias = $2",
            values![account, alias],
        )?;
        Ok(removed > 0)
    }
}
