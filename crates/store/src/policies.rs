//! Managed policies of the accounts, and their versions.

use keystead_core::user::fold_name;
use keystead_core::{AccountId, ManagedPolicy, PolicyVersion, Timestamp};

use crate::counts::{Counted, Counts};
use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of managed policies.
pub struct Policies<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Managed policies.
    pub fn policies(&mut self) -> Policies<'_> {
        Policies { sql: self.sql() }
    }

    /// Holds the policy's row until the end of the transaction, so that what is read about its versions and
    /// attachments stays true. Who attaches it holds it as well.
    pub fn lock_policy(&mut self, account: AccountId, arn: &str) -> Result<()> {
        self.lock(
            "select policy_id from policies where account_id = $1 and policy_arn = $2 for update",
            values![account, arn],
        )
    }
}

impl Policies<'_> {
    /// Adds a policy, without a version, and tells how many the account has now; breaks `policies_name_unique`
    /// where it has the name, without regard to case.
    pub fn insert(&mut self, policy: &ManagedPolicy) -> Result<u64> {
        self.sql.execute(
            "insert into policies
                 (account_id, policy_id, policy_name, policy_name_folded, path, policy_arn, description,
                  default_version, versions_made, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            values![
                policy.account,
                &policy.id,
                &policy.name,
                fold_name(&policy.name),
                &policy.path,
                policy.arn().as_str(),
                policy.description.as_deref(),
                policy.default_version,
                policy.versions_made,
                policy.created_at,
                policy.updated_at,
            ],
        )?;
        Counts::new(self.sql).add(policy.account, Counted::Policies, 1)
    }

    /// Writes what of a policy changes with its versions: the default, how many were made, and when.
    pub fn update(&mut self, policy: &ManagedPolicy) -> Result<()> {
        self.sql.execute(
            "update policies set default_version = $1, versions_made = $2, updated_at = $3
             where account_id = $4 and policy_id = $5",
            values![
                policy.default_version,
                policy.versions_made,
                policy.updated_at,
                policy.account,
                &policy.id,
            ],
        )?;
        Ok(())
    }

    /// The policy of this ARN.
    pub fn find(&mut self, account: AccountId, arn: &str) -> Result<Option<ManagedPolicy>> {
        self.sql.find(
            "select account_id, policy_id, policy_name, path, description, default_version, versions_made,
                 created_at, updated_at
             from policies where account_id = $1 and policy_arn = $2",
            values![account, arn],
            policy,
        )
    }

    /// At most `limit` policies whose path begins with `path_prefix`, by name without regard to case, from
    /// the name after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        path_prefix: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ManagedPolicy>> {
        self.sql.list(
            "select account_id, policy_id, policy_name, path, description, default_version, versions_made,
                 created_at, updated_at
             from policies
             where account_id = $1 and policy_name_folded > $2 and substr(path, 1, length($3)) = $3
             order by policy_name_folded limit $4",
            values![account, fold_name(after_name.unwrap_or_default()), path_prefix, limit],
            policy,
        )
    }

    /// Deletes a policy, all versions of which must be gone; false where there is none.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self
            .sql
            .execute("delete from policies where account_id = $1 and policy_id = $2", values![account, id])?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::Policies, -1)?;
        }
        Ok(deleted > 0)
    }

    /// Adds a version and tells how many versions of policies the account has now.
    pub fn insert_version(
        &mut self,
        account: AccountId,
        policy_id: &str,
        version: &PolicyVersion,
    ) -> Result<u64> {
        self.sql.execute(
            "insert into policy_versions (account_id, policy_id, version, document, created_at)
             values ($1, $2, $3, $4, $5)",
            values![account, policy_id, version.number, &version.document, version.created_at],
        )?;
        Counts::new(self.sql).add(account, Counted::PolicyVersionsInUse, 1)
    }

    /// A version of a policy.
    pub fn find_version(
        &mut self,
        account: AccountId,
        policy_id: &str,
        number: i64,
    ) -> Result<Option<PolicyVersion>> {
        self.sql.find(
            "select version, document, created_at from policy_versions
             where account_id = $1 and policy_id = $2 and version = $3",
            values![account, policy_id, number],
            version,
        )
    }

    /// All versions of a policy, the newest first. There are at most five.
    pub fn list_versions(&mut self, account: AccountId, policy_id: &str) -> Result<Vec<PolicyVersion>> {
        self.sql.list(
            "select version, document, created_at from policy_versions
             where account_id = $1 and policy_id = $2 order by version desc",
            values![account, policy_id],
            version,
        )
    }

    /// Deletes a version; false where there is none.
    pub fn delete_version(&mut self, account: AccountId, policy_id: &str, number: i64) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from policy_versions where account_id = $1 and policy_id = $2 and version = $3",
            values![account, policy_id, number],
        )?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::PolicyVersionsInUse, -1)?;
        }
        Ok(deleted > 0)
    }

    /// The document in force of the policy of an ARN, for the key ring: policy id and document.
    pub fn find_for_ring(&mut self, account: AccountId, arn: &str) -> Result<Option<(String, String)>> {
        self.sql.find(
            "select p.policy_id, v.document
             from policies p join policy_versions v
                 on v.policy_id = p.policy_id and v.version = p.default_version
             where p.account_id = $1 and p.policy_arn = $2",
            values![account, arn],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// The document in force of every policy of the installation, for the key ring: ARN, policy id, document.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(&str, &str, &str) -> Result<()>) -> Result<()> {
        self.sql.each(
            "select p.policy_arn, p.policy_id, v.document
             from policies p join policy_versions v
                 on v.policy_id = p.policy_id and v.version = p.default_version",
            &[],
            &mut |row| visit(row.get(0)?, row.get(1)?, row.get(2)?),
        )
    }
}

fn policy(row: &Row<'_>) -> Result<ManagedPolicy> {
    Ok(ManagedPolicy {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        path: row.get(3)?,
        description: row.get(4)?,
        default_version: row.get(5)?,
        versions_made: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
    })
}

fn version(row: &Row<'_>) -> Result<PolicyVersion> {
    let created_at: Timestamp = row.get(2)?;
    Ok(PolicyVersion { number: row.get(0)?, document: row.get(1)?, created_at })
}
