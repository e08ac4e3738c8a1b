//! Which managed policies are attached to which users, groups and roles.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of attached policies.
pub struct PolicyAttachments<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Attached policies.
    pub fn policy_attachments(&mut self) -> PolicyAttachments<'_> {
        PolicyAttachments { sql: self.sql() }
    }
}

impl PolicyAttachments<'_> {
    /// Attaches a policy to a user, group or role; once is enough, again changes nothing.
    pub fn attach(
        &mut self,
        account: AccountId,
        owner_id: &str,
        policy_arn: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "insert into policy_attachments (account_id, owner_id, policy_arn, attached_at)
             values ($1, $2, $3, $4)
             on conflict (account_id, owner_id, policy_arn) do nothing",
            values![account, owner_id, policy_arn, now],
        )?;
        Ok(())
    }

    /// Detaches a policy; false where it was not attached.
    pub fn detach(&mut self, account: AccountId, owner_id: &str, policy_arn: &str) -> Result<bool> {
        let detached = self.sql.execute(
            "delete from policy_attachments where account_id = $1 and owner_id = $2 and policy_arn = $3",
            values![account, owner_id, policy_arn],
        )?;
        Ok(detached > 0)
    }

    /// At most `limit` ARNs of the policies attached to an owner, in order, from the one after `after_arn`.
    pub fn list(
        &mut self,
        account: AccountId,
        owner_id: &str,
        after_arn: Option<&str>,
        limit: i64,
    ) -> Result<Vec<String>> {
        self.sql.list(
            "select policy_arn from policy_attachments
             where account_id = $1 and owner_id = $2 and policy_arn > $3
             order by policy_arn limit $4",
            values![account, owner_id, after_arn.unwrap_or_default(), limit],
            |row| row.get(0),
        )
    }

    /// Whether any policy is attached to the owner.
    pub fn has_any(&mut self, account: AccountId, owner_id: &str) -> Result<bool> {
        self.list(account, owner_id, None, 1).map(|arns| !arns.is_empty())
    }

    /// The unique ids of the owners a policy is attached to, in order.
    pub fn list_owners(&mut self, account: AccountId, policy_arn: &str) -> Result<Vec<String>> {
        self.sql.list(
            "select owner_id from policy_attachments
             where account_id = $1 and policy_arn = $2
             order by owner_id",
            values![account, policy_arn],
            |row| row.get(0),
        )
    }

    /// Every attachment of the installation, for the key ring: owner id, policy ARN.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(&str, &str) -> Result<()>) -> Result<()> {
        self.sql.each(
            "select owner_id, policy_arn from policy_attachments order by policy_arn",
            &[],
            &mut |row| visit(row.get(0)?, row.get(1)?),
        )
    }
}
