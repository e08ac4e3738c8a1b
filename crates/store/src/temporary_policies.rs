//! Policies that are attached to users for some days only.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// A policy of a user, and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryPolicy {
    /// The account.
    pub account: AccountId,
    /// Unique id of the user.
    pub owner_id: String,
    /// The policy.
    pub policy_arn: String,
    /// When it is to be detached.
    pub ends_at: Timestamp,
}

/// The repository of temporary policies.
pub struct TemporaryPolicies<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Policies that are attached for some days.
    pub fn temporary_policies(&mut self) -> TemporaryPolicies<'_> {
        TemporaryPolicies { sql: self.sql() }
    }
}

impl TemporaryPolicies<'_> {
    /// Gives an attached policy its end.
    pub fn insert(&mut self, policy: &TemporaryPolicy) -> Result<()> {
        self.sql.execute(
            "insert into temporary_policies (account_id, owner_id, policy_arn, ends_at)
             values ($1, $2, $3, $4)",
            values![policy.account, &policy.owner_id, &policy.policy_arn, policy.ends_at],
        )?;
        Ok(())
    }

    /// At most `limit` policies whose end has come.
    pub fn list_ended(&mut self, now: Timestamp, limit: i64) -> Result<Vec<TemporaryPolicy>> {
        self.sql.list(
            "select account_id, owner_id, policy_arn, ends_at from temporary_policies
             where ends_at <= $1 order by ends_at limit $2",
            values![now, limit],
            |row| {
                Ok(TemporaryPolicy {
                    account: row.get(0)?,
                    owner_id: row.get(1)?,
                    policy_arn: row.get(2)?,
                    ends_at: row.get(3)?,
                })
            },
        )
    }

    /// Forgets the end of a policy; false where it had none.
    pub fn delete(&mut self, policy: &TemporaryPolicy) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from temporary_policies where account_id = $1 and owner_id = $2 and policy_arn = $3",
            values![policy.account, &policy.owner_id, &policy.policy_arn],
        )?;
        Ok(deleted > 0)
    }
}
