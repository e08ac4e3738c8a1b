//! Password policies, of the accounts that set one.

use keystead_core::password::PolicyOrigin;
use keystead_core::{AccountId, PasswordPolicy};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

const NIST: &str = "NIST";

/// The repository of password policies.
pub struct PasswordPolicies<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Password policies.
    pub fn password_policies(&mut self) -> PasswordPolicies<'_> {
        PasswordPolicies { sql: self.sql() }
    }
}

impl PasswordPolicies<'_> {
    /// Sets the policy of an account, whatever it was before.
    pub fn put(&mut self, account: AccountId, policy: &PasswordPolicy) -> Result<()> {
        self.delete(account)?;
        self.sql.execute(
            "insert into password_policies
                 (account_id, preset, minimum_length, require_symbols, require_numbers, require_uppercase,
                  require_lowercase, allow_users_to_change, max_age_days, reuse_prevention, hard_expiry)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            values![
                account,
                (policy.origin == PolicyOrigin::Nist).then_some(NIST),
                policy.minimum_length,
                policy.require_symbols,
                policy.require_numbers,
                policy.require_uppercase,
                policy.require_lowercase,
                policy.allow_users_to_change,
                policy.max_age_days,
                policy.reuse_prevention,
                policy.hard_expiry,
            ],
        )?;
        Ok(())
    }

    /// The policy that was set, if one was.
    pub fn find(&mut self, account: AccountId) -> Result<Option<PasswordPolicy>> {
        self.sql.find(
            "select preset, minimum_length, require_symbols, require_numbers, require_uppercase,
                    require_lowercase, allow_users_to_change, max_age_days, reuse_prevention, hard_expiry
             from password_policies where account_id = $1",
            values![account],
            password_policy,
        )
    }

    /// The policy in force: the one that was set, or the default.
    pub fn in_force(&mut self, account: AccountId) -> Result<PasswordPolicy> {
        Ok(self.find(account)?.unwrap_or(PasswordPolicy::DEFAULT))
    }

    /// Goes back to the default; false where nothing was set.
    pub fn delete(&mut self, account: AccountId) -> Result<bool> {
        let deleted =
            self.sql.execute("delete from password_policies where account_id = $1", values![account])?;
        Ok(deleted > 0)
    }
}

fn password_policy(row: &Row<'_>) -> Result<PasswordPolicy> {
    let preset: Option<&str> = row.get(0)?;
    Ok(PasswordPolicy {
        origin: if preset == Some(NIST) { PolicyOrigin::Nist } else { PolicyOrigin::Fields },
        minimum_length: row.get(1)?,
        require_symbols: row.get(2)?,
        require_numbers: row.get(3)?,
        require_uppercase: row.get(4)?,
        require_lowercase: row.get(5)?,
        allow_users_to_change: row.get(6)?,
        max_age_days: row.get(7)?,
        reuse_prevention: row.get(8)?,
        hard_expiry: row.get(9)?,
    })
}
