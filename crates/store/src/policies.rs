//! Which managed policies are attached to which users.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of attached policies.
pub struct Policies<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Attached policies.
    pub fn policies(&mut self) -> Policies<'_> {
        Policies { sql: self.sql() }
    }
}

impl Policies<'_> {
    /// Attaches a policy; once is enough, again changes nothing.
    pub fn attach(
        &mut self,
        account: AccountId,
        user_id: &str,
        policy_arn: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "insert into attached_policies (account_id, user_id, policy_arn, attached_at)
             values ($1, $2, $3, $4)
             on conflict (account_id, user_id, policy_arn) do nothing",
            values![account, user_id, policy_arn, now],
        )?;
        Ok(())
    }

    /// Detaches a policy; false where it was not attached.
    pub fn detach(&mut self, account: AccountId, user_id: &str, policy_arn: &str) -> Result<bool> {
        let detached = self.sql.execute(
            "delete from attached_policies where account_id = $1 and user_id = $2 and policy_arn = $3",
            values![account, user_id, policy_arn],
        )?;
        Ok(detached > 0)
    }

    /// At most `limit` ARNs of the policies attached to a user, in order, from the one after `after_arn`.
    pub fn list(
        &mut self,
        account: AccountId,
        user_id: &str,
        after_arn: Option<&str>,
        limit: i64,
    ) -> Result<Vec<String>> {
        self.sql.list(
            "select policy_arn from attached_policies
             where account_id = $1 and user_id = $2 and policy_arn > $3
             order by policy_arn limit $4",
            values![account, user_id, after_arn.unwrap_or_default(), limit],
            |row| row.get(0),
        )
    }

    /// Whether any policy is attached to the user.
    pub fn has_any(&mut self, account: AccountId, user_id: &str) -> Result<bool> {
        self.list(account, user_id, None, 1).map(|arns| !arns.is_empty())
    }

    /// At most `limit` policies that are attached to any user of an account, and to how many, by ARN, from the
    /// one after `after_arn`. It goes over all attachments of the account.
    pub fn list_attached(
        &mut self,
        account: AccountId,
        after_arn: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, i64)>> {
        self.sql.list(
            "select policy_arn, count(*) from attached_policies
             where account_id = $1 and policy_arn > $2
             group by policy_arn order by policy_arn limit $3",
            values![account, after_arn.unwrap_or_default(), limit],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// Every attachment of the installation, for the key ring: account, user id, policy ARN.
    pub fn each_for_ring(
        &mut self,
        visit: &mut dyn FnMut(AccountId, &str, &str) -> Result<()>,
    ) -> Result<()> {
        self.sql.each("select account_id, user_id, policy_arn from attached_policies", &[], &mut |row| {
            visit(row.get(0)?, row.get(1)?, row.get(2)?)
        })
    }
}
