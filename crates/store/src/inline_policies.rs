//! Policies that belong to one user, group or role.

use keystead_core::AccountId;

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of inline policies.
pub struct InlinePolicies<'t> {
    sql: &'t mut dyn Sql,
}

/// An inline policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinePolicy {
    /// Its name, unique among its owner's, with its case.
    pub name: String,
    /// Its document, as given.
    pub document: String,
}

impl Tx<'_> {
    /// Inline policies.
    pub fn inline_policies(&mut self) -> InlinePolicies<'_> {
        InlinePolicies { sql: self.sql() }
    }
}

impl InlinePolicies<'_> {
    /// Puts a policy in the place of its owner's of that name, if there is one.
    pub fn put(&mut self, account: AccountId, owner_id: &str, policy: &InlinePolicy) -> Result<()> {
        self.sql.execute(
            "insert into inline_policies (account_id, owner_id, policy_name, document)
             values ($1, $2, $3, $4)
             on conflict (account_id, owner_id, policy_name) do update set document = excluded.document",
            values![account, owner_id, &policy.name, &policy.document],
        )?;
        Ok(())
    }

    /// The document of an owner's policy.
    pub fn find(&mut self, account: AccountId, owner_id: &str, name: &str) -> Result<Option<String>> {
        self.sql.find(
            "select document from inline_policies
             where account_id = $1 and owner_id = $2 and policy_name = $3",
            values![account, owner_id, name],
            |row| row.get(0),
        )
    }

    /// All policies of an owner, by name. Quotas of their size keep them few.
    pub fn list(&mut self, account: AccountId, owner_id: &str) -> Result<Vec<InlinePolicy>> {
        self.sql.list(
            "select policy_name, document from inline_policies
             where account_id = $1 and owner_id = $2
             order by policy_name",
            values![account, owner_id],
            |row| Ok(InlinePolicy { name: row.get(0)?, document: row.get(1)? }),
        )
    }

    /// Deletes a policy; false where there is none.
    pub fn delete(&mut self, account: AccountId, owner_id: &str, name: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from inline_policies where account_id = $1 and owner_id = $2 and policy_name = $3",
            values![account, owner_id, name],
        )?;
        Ok(deleted > 0)
    }

    /// Every inline policy of the installation, for the key ring: owner id, name, document.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(&str, &str, &str) -> Result<()>) -> Result<()> {
        self.sql.each("select owner_id, policy_name, document from inline_policies", &[], &mut |row| {
            visit(row.get(0)?, row.get(1)?, row.get(2)?)
        })
    }
}
