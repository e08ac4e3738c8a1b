//! Instance profiles.

use keystead_core::user::fold_name;
use keystead_core::{AccountId, InstanceProfile};

use crate::counts::{Counted, Counts};
use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of instance profiles.
pub struct InstanceProfiles<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Instance profiles.
    pub fn instance_profiles(&mut self) -> InstanceProfiles<'_> {
        InstanceProfiles { sql: self.sql() }
    }

    /// Holds the profile's row until the end of the transaction.
    pub fn lock_instance_profile(&mut self, account: AccountId, name: &str) -> Result<()> {
        self.lock(
            "select instance_profile_id from instance_profiles
             where account_id = $1 and instance_profile_name_folded = $2 for update",
            values![account, fold_name(name)],
        )
    }
}

impl InstanceProfiles<'_> {
    /// Adds a profile and tells how many the account has now; breaks `instance_profiles_name_unique` where it
    /// has the name, without regard to case.
    pub fn insert(&mut self, profile: &InstanceProfile) -> Result<u64> {
        self.sql.execute(
            "insert into instance_profiles
                 (account_id, instance_profile_id, instance_profile_name, instance_profile_name_folded, path,
                  role_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                profile.account,
                &profile.id,
                &profile.name,
                fold_name(&profile.name),
                &profile.path,
                profile.role_id.as_deref(),
                profile.created_at,
            ],
        )?;
        Counts::new(self.sql).add(profile.account, Counted::InstanceProfiles, 1)
    }

    /// Puts a role into a profile, or takes the one there is out of it.
    pub fn set_role(&mut self, account: AccountId, id: &str, role_id: Option<&str>) -> Result<()> {
        self.sql.execute(
            "update instance_profiles set role_id = $1 where account_id = $2 and instance_profile_id = $3",
            values![role_id, account, id],
        )?;
        Ok(())
    }

    /// The profile of this name, without regard to case.
    pub fn find_by_name(&mut self, account: AccountId, name: &str) -> Result<Option<InstanceProfile>> {
        self.sql.find(
            "select account_id, instance_profile_id, instance_profile_name, path, role_id, created_at
             from instance_profiles where account_id = $1 and instance_profile_name_folded = $2",
            values![account, fold_name(name)],
            instance_profile,
        )
    }

    /// At most `limit` profiles whose path begins with `path_prefix`, by name without regard to case, from
    /// the name after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        path_prefix: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<InstanceProfile>> {
        self.sql.list(
            "select account_id, instance_profile_id, instance_profile_name, path, role_id, created_at
             from instance_profiles
             where account_id = $1 and instance_profile_name_folded > $2
                 and substr(path, 1, length($3)) = $3
             order by instance_profile_name_folded limit $4",
            values![account, fold_name(after_name.unwrap_or_default()), path_prefix, limit],
            instance_profile,
        )
    }

    /// At most `limit` profiles that hold a role, by name, from the name after `after_name`.
    pub fn list_of_role(
        &mut self,
        account: AccountId,
        role_id: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<InstanceProfile>> {
        self.sql.list(
            "select account_id, instance_profile_id, instance_profile_name, path, role_id, created_at
             from instance_profiles
             where account_id = $1 and role_id = $2 and instance_profile_name_folded > $3
             order by instance_profile_name_folded limit $4",
            values![account, role_id, fold_name(after_name.unwrap_or_default()), limit],
            instance_profile,
        )
    }

    /// Deletes a profile; false where there is none.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from instance_profiles where account_id = $1 and instance_profile_id = $2",
            values![account, id],
        )?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::InstanceProfiles, -1)?;
        }
        Ok(deleted > 0)
    }
}

fn instance_profile(row: &Row<'_>) -> Result<InstanceProfile> {
    Ok(InstanceProfile {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        path: row.get(3)?,
        role_id: row.get(4)?,
        created_at: row.get(5)?,
    })
}
