//! Groups, and who is in them.

use keystead_core::user::fold_name;
use keystead_core::{AccountId, Group, Timestamp, User};

use crate::counts::{Counted, Counts};
use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::users::user;
use crate::value::values;

/// The repository of groups.
pub struct Groups<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Groups.
    pub fn groups(&mut self) -> Groups<'_> {
        Groups { sql: self.sql() }
    }

    /// Holds the group's row until the end of the transaction, so that what is read about its policies and
    /// members stays true.
    pub fn lock_group(&mut self, account: AccountId, id: &str) -> Result<()> {
        self.lock(
            "select group_id from user_groups where account_id = $1 and group_id = $2 for update",
            values![account, id],
        )
    }
}

impl Groups<'_> {
    /// Adds a group and tells how many the account has now; breaks `user_groups_name_unique` where it has the
    /// name, without regard to case.
    pub fn insert(&mut self, group: &Group) -> Result<u64> {
        self.sql.execute(
            "insert into user_groups (account_id, group_id, group_name, group_name_folded, path, created_at)
             values ($1, $2, $3, $4, $5, $6)",
            values![
                group.account,
                &group.id,
                &group.name,
                fold_name(&group.name),
                &group.path,
                group.created_at,
            ],
        )?;
        Counts::new(self.sql).add(group.account, Counted::Groups, 1)
    }

    /// The group of this name, without regard to case.
    pub fn find_by_name(&mut self, account: AccountId, name: &str) -> Result<Option<Group>> {
        self.sql.find(
            "select account_id, group_id, group_name, path, created_at
             from user_groups where account_id = $1 and group_name_folded = $2",
            values![account, fold_name(name)],
            group,
        )
    }

    /// The group of this unique id.
    pub fn find_by_id(&mut self, account: AccountId, id: &str) -> Result<Option<Group>> {
        self.sql.find(
            "select account_id, group_id, group_name, path, created_at
             from user_groups where account_id = $1 and group_id = $2",
            values![account, id],
            group,
        )
    }

    /// At most `limit` groups whose path begins with `path_prefix`, by name without regard to case, from
    /// the name after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        path_prefix: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Group>> {
        self.sql.list(
            "select account_id, group_id, group_name, path, created_at
             from user_groups
             where account_id = $1 and group_name_folded > $2 and substr(path, 1, length($3)) = $3
             order by group_name_folded limit $4",
            values![account, fold_name(after_name.unwrap_or_default()), path_prefix, limit],
            group,
        )
    }

    /// Gives a group another name and path; breaks `user_groups_name_unique` where another one has the name.
    pub fn rename(&mut self, account: AccountId, id: &str, name: &str, path: &str) -> Result<()> {
        self.sql.execute(
            "update user_groups set group_name = $1, group_name_folded = $2, path = $3
             where account_id = $4 and group_id = $5",
            values![name, fold_name(name), path, account, id],
        )?;
        Ok(())
    }

    /// Deletes a group; false where there is none. Nobody may be in it.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from user_groups where account_id = $1 and group_id = $2",
            values![account, id],
        )?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::Groups, -1)?;
        }
        Ok(deleted > 0)
    }

    /// Puts a user into a group; once is enough, again changes nothing.
    pub fn add_member(
        &mut self,
        account: AccountId,
        group_id: &str,
        user_id: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "insert into group_members (account_id, group_id, user_id, joined_at) values ($1, $2, $3, $4)
             on conflict (account_id, group_id, user_id) do nothing",
            values![account, group_id, user_id, now],
        )?;
        Ok(())
    }

    /// Takes a user out of a group; false where it was not in it.
    pub fn remove_member(&mut self, account: AccountId, group_id: &str, user_id: &str) -> Result<bool> {
        let removed = self.sql.execute(
            "delete from group_members where account_id = $1 and group_id = $2 and user_id = $3",
            values![account, group_id, user_id],
        )?;
        Ok(removed > 0)
    }

    /// Whether anybody is in the group.
    pub fn has_members(&mut self, account: AccountId, group_id: &str) -> Result<bool> {
        let first: Option<String> = self.sql.find(
            "select user_id from group_members where account_id = $1 and group_id = $2 limit 1",
            values![account, group_id],
            |row| row.get(0),
        )?;
        Ok(first.is_some())
    }

    /// At most `limit` users of a group, by name without regard to case, from the name after `after_name`.
    pub fn list_members(
        &mut self,
        account: AccountId,
        group_id: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<User>> {
        self.sql.list(
            "select u.account_id, u.user_id, u.user_name, u.path, u.permissions_boundary, u.created_at
             from group_members m join users u on u.user_id = m.user_id
             where m.account_id = $1 and m.group_id = $2 and u.user_name_folded > $3
             order by u.user_name_folded limit $4",
            values![account, group_id, fold_name(after_name.unwrap_or_default()), limit],
            user,
        )
    }

    /// The groups a user is in, by name without regard to case. Their number is a quota's.
    pub fn list_of_user(&mut self, account: AccountId, user_id: &str) -> Result<Vec<Group>> {
        self.sql.list(
            "select g.account_id, g.group_id, g.group_name, g.path, g.created_at
             from group_members m join user_groups g on g.group_id = m.group_id
             where m.account_id = $1 and m.user_id = $2
             order by g.group_name_folded",
            values![account, user_id],
            group,
        )
    }

    /// Every membership of the installation, for the key ring: user id, group id.
    pub fn each_member_for_ring(&mut self, visit: &mut dyn FnMut(&str, &str) -> Result<()>) -> Result<()> {
        self.sql.each("select user_id, group_id from group_members order by group_id", &[], &mut |row| {
            visit(row.get(0)?, row.get(1)?)
        })
    }

    /// Every group of the installation, for the key ring.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(Group) -> Result<()>) -> Result<()> {
        self.sql.each(
            "select account_id, group_id, group_name, path, created_at from user_groups",
            &[],
            &mut |row| visit(group(row)?),
        )
    }
}

fn group(row: &Row<'_>) -> Result<Group> {
    Ok(Group {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        path: row.get(3)?,
        created_at: row.get(4)?,
    })
}
