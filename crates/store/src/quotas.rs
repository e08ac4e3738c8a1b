//! Quotas that the operator gave an account instead of AWS's.

use keystead_core::{AccountId, Quota, Quotas as Values};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of quotas.
pub struct Quotas<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Quotas of accounts.
    pub fn quotas(&mut self) -> Quotas<'_> {
        Quotas { sql: self.sql() }
    }
}

impl Quotas<'_> {
    /// The quotas of an account.
    pub fn of(&mut self, account: AccountId) -> Result<Values> {
        let mut quotas = Values::default();
        self.sql.each(
            "select name, value from account_quotas where account_id = $1",
            values![account],
            &mut |row| {
                // A name that is not known is of a newer version and means nothing here.
                if let Some(quota) = Quota::parse(row.get(0)?) {
                    quotas.set(quota, row.get::<i64>(1)?.unsigned_abs());
                }
                Ok(())
            },
        )?;
        Ok(quotas)
    }

    /// Gives a quota a value of its own.
    pub fn set(&mut self, account: AccountId, quota: Quota, value: i64) -> Result<()> {
        self.sql.execute(
            "insert into account_quotas (account_id, name, value) values ($1, $2, $3)
             on conflict (account_id, name) do update set value = excluded.value",
            values![account, quota.name(), value],
        )?;
        Ok(())
    }

    /// Goes back to AWS's value; false where there was no other.
    pub fn reset(&mut self, account: AccountId, quota: Quota) -> Result<bool> {
        let reset = self.sql.execute(
            "delete from account_quotas where account_id = $1 and name = $2",
            values![account, quota.name()],
        )?;
        Ok(reset > 0)
    }
}
