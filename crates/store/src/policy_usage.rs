//! Who uses which managed policy of all that can: as a permission, by attaching it, or as a boundary.

use std::collections::HashMap;

use keystead_core::AccountId;

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// How often a policy is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// To how many users, groups and roles it is attached.
    pub attachments: i64,
    /// How many users and roles it bounds.
    pub boundaries: i64,
}

/// The repository of the use of managed policies.
pub struct PolicyUsage<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// The use of managed policies.
    pub fn policy_usage(&mut self) -> PolicyUsage<'_> {
        PolicyUsage { sql: self.sql() }
    }
}

impl PolicyUsage<'_> {
    /// How often an account uses a policy.
    pub fn of(&mut self, account: AccountId, policy_arn: &str) -> Result<Usage> {
        let attachments = self.sql.find(
            "select count(*) from policy_attachments where account_id = $1 and policy_arn = $2",
            values![account, policy_arn],
            |row| row.get(0),
        )?;
        let boundaries = self.sql.find(
            "select (select count(*) from users where account_id = $1 and permissions_boundary = $2)
                  + (select count(*) from roles where account_id = $1 and permissions_boundary = $2)",
            values![account, policy_arn],
            |row| row.get(0),
        )?;
        Ok(Usage { attachments: attachments.unwrap_or(0), boundaries: boundaries.unwrap_or(0) })
    }

    /// How often an account uses each policy that it uses at all, by ARN. It goes over all of its attachments.
    pub fn all(&mut self, account: AccountId) -> Result<HashMap<String, Usage>> {
        let mut usage = HashMap::<String, Usage>::new();
        self.sql.each(
            "select policy_arn, count(*) from policy_attachments where account_id = $1 group by policy_arn",
            values![account],
            &mut |row| {
                usage.entry(row.get(0)?).or_default().attachments = row.get(1)?;
                Ok(())
            },
        )?;
        self.sql.each(
            "select arn, count(*) from (
                 select permissions_boundary as arn from users
                 where account_id = $1 and permissions_boundary is not null
                 union all
                 select permissions_boundary as arn from roles
                 where account_id = $1 and permissions_boundary is not null
             ) as bounded group by arn",
            values![account],
            &mut |row| {
                usage.entry(row.get(0)?).or_default().boundaries = row.get(1)?;
                Ok(())
            },
        )?;
        Ok(usage)
    }

    /// The unique ids of the users and roles of an account that a policy bounds, in order.
    pub fn list_bounded(&mut self, account: AccountId, policy_arn: &str) -> Result<Vec<String>> {
        self.sql.list(
            "select user_id as id from users where account_id = $1 and permissions_boundary = $2
             union all
             select role_id as id from roles where account_id = $1 and permissions_boundary = $2
             order by id",
            values![account, policy_arn],
            |row| row.get(0),
        )
    }
}
