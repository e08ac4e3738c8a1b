//! Roles.

use keystead_core::user::fold_name;
use keystead_core::{AccountId, Role};

use crate::counts::{Counted, Counts};
use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of roles.
pub struct Roles<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Roles.
    pub fn roles(&mut self) -> Roles<'_> {
        Roles { sql: self.sql() }
    }

    /// Holds the role's row until the end of the transaction, so that what is read about its policies and
    /// instance profiles stays true.
    pub fn lock_role(&mut self, account: AccountId, id: &str) -> Result<()> {
        self.lock(
            "select role_id from roles where account_id = $1 and role_id = $2 for update",
            values![account, id],
        )
    }
}

impl Roles<'_> {
    /// Adds a role and tells how many the account has now; breaks `roles_name_unique` where it has the name,
    /// without regard to case.
    pub fn insert(&mut self, role: &Role) -> Result<u64> {
        self.sql.execute(
            "insert into roles
                 (account_id, role_id, role_name, role_name_folded, path, description, trust_policy,
                  trusted_ids, max_session_seconds, permissions_boundary, service_name, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            values![
                role.account,
                &role.id,
                &role.name,
                fold_name(&role.name),
                &role.path,
                role.description.as_deref(),
                &role.trust_policy,
                trusted_ids_text(role)?,
                role.max_session_seconds,
                role.permissions_boundary.as_deref(),
                role.service_name.as_deref(),
                role.created_at,
            ],
        )?;
        Counts::new(self.sql).add(role.account, Counted::Roles, 1)
    }

    /// Writes everything of a role that can change: all but its ids, name and path.
    pub fn update(&mut self, role: &Role) -> Result<()> {
        self.sql.execute(
            "update roles set description = $1, trust_policy = $2, trusted_ids = $3,
                 max_session_seconds = $4, permissions_boundary = $5
             where account_id = $6 and role_id = $7",
            values![
                role.description.as_deref(),
                &role.trust_policy,
                trusted_ids_text(role)?,
                role.max_session_seconds,
                role.permissions_boundary.as_deref(),
                role.account,
                &role.id,
            ],
        )?;
        Ok(())
    }

    /// The role of this name, without regard to case.
    pub fn find_by_name(&mut self, account: AccountId, name: &str) -> Result<Option<Role>> {
        self.sql.find(
            "select account_id, role_id, role_name, path, description, trust_policy, trusted_ids,
                 max_session_seconds, permissions_boundary, service_name, created_at
             from roles where account_id = $1 and role_name_folded = $2",
            values![account, fold_name(name)],
            role,
        )
    }

    /// The role of this unique id.
    pub fn find_by_id(&mut self, account: AccountId, id: &str) -> Result<Option<Role>> {
        self.sql.find(
            "select account_id, role_id, role_name, path, description, trust_policy, trusted_ids,
                 max_session_seconds, permissions_boundary, service_name, created_at
             from roles where account_id = $1 and role_id = $2",
            values![account, id],
            role,
        )
    }

    /// At most `limit` roles whose path begins with `path_prefix`, by name without regard to case, from
    /// the name after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        path_prefix: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Role>> {
        self.sql.list(
            "select account_id, role_id, role_name, path, description, trust_policy, trusted_ids,
                 max_session_seconds, permissions_boundary, service_name, created_at
             from roles
             where account_id = $1 and role_name_folded > $2 and substr(path, 1, length($3)) = $3
             order by role_name_folded limit $4",
            values![account, fold_name(after_name.unwrap_or_default()), path_prefix, limit],
            role,
        )
    }

    /// Deletes a role; false where there is none. No instance profile may hold it.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self
            .sql
            .execute("delete from roles where account_id = $1 and role_id = $2", values![account, id])?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::Roles, -1)?;
        }
        Ok(deleted > 0)
    }

    /// Every role of the installation, for the key ring.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(Role) -> Result<()>) -> Result<()> {
        self.sql.each(
            "select account_id, role_id, role_name, path, description, trust_policy, trusted_ids,
                 max_session_seconds, permissions_boundary, service_name, created_at
             from roles",
            &[],
            &mut |row| visit(role(row)?),
        )
    }
}

fn trusted_ids_text(role: &Role) -> Result<String> {
    serde_json::to_string(&role.trusted_ids).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn role(row: &Row<'_>) -> Result<Role> {
    let trusted_ids: &str = row.get(6)?;
    Ok(Role {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        path: row.get(3)?,
        description: row.get(4)?,
        trust_policy: row.get(5)?,
        trusted_ids: serde_json::from_str(trusted_ids)
            .map_err(|error| StoreError::Corrupt(format!("the trusted ids of a role: {error}")))?,
        max_session_seconds: row.get(7)?,
        permissions_boundary: row.get(8)?,
        service_name: row.get(9)?,
        created_at: row.get(10)?,
    })
}
