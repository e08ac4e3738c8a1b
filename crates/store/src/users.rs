//! IAM users.

use keystead_core::user::fold_name;
use keystead_core::{AccountId, User};

use crate::counts::{Counted, Counts};
use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of users.
pub struct Users<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// IAM users.
    pub fn users(&mut self) -> Users<'_> {
        Users { sql: self.sql() }
    }
}

impl Users<'_> {
    /// Adds a user and tells how many the account has now; breaks `users_name_unique` where it has the name,
    /// without regard to case.
    pub fn insert(&mut self, user: &User, contact_email: Option<&str>) -> Result<u64> {
        self.sql.execute(
            "insert into users
                 (account_id, user_id, user_name, user_name_folded, path, contact_email,
                  permissions_boundary, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                user.account,
                &user.id,
                &user.name,
                fold_name(&user.name),
                &user.path,
                contact_email,
                user.permissions_boundary.as_deref(),
                user.created_at,
            ],
        )?;
        Counts::new(self.sql).add(user.account, Counted::Users, 1)
    }

    /// Gives a user another name and path; breaks `users_name_unique` where another user has the name. False
    /// where there is no such user.
    pub fn rename(&mut self, account: AccountId, id: &str, name: &str, path: &str) -> Result<bool> {
        let renamed = self.sql.execute(
            "update users set user_name = $1, user_name_folded = $2, path = $3
             where account_id = $4 and user_id = $5",
            values![name, fold_name(name), path, account, id],
        )?;
        Ok(renamed > 0)
    }

    /// Bounds what a user may be allowed by a managed policy, or by none any more.
    pub fn set_boundary(&mut self, account: AccountId, id: &str, policy_arn: Option<&str>) -> Result<()> {
        self.sql.execute(
            "update users set permissions_boundary = $1 where account_id = $2 and user_id = $3",
            values![policy_arn, account, id],
        )?;
        Ok(())
    }

    /// The user of this name, without regard to case.
    pub fn find_by_name(&mut self, account: AccountId, name: &str) -> Result<Option<User>> {
        self.sql.find(
            "select account_id, user_id, user_name, path, permissions_boundary, created_at
             from users where account_id = $1 and user_name_folded = $2",
            values![account, fold_name(name)],
            user,
        )
    }

    /// The user of this unique id.
    pub fn find_by_id(&mut self, account: AccountId, id: &str) -> Result<Option<User>> {
        self.sql.find(
            "select account_id, user_id, user_name, path, permissions_boundary, created_at
             from users where account_id = $1 and user_id = $2",
            values![account, id],
            user,
        )
    }

    /// Where to write to the user, if that was ever said.
    pub fn find_contact_email(&mut self, account: AccountId, id: &str) -> Result<Option<String>> {
        let found = self.sql.find(
            "select contact_email from users where account_id = $1 and user_id = $2",
            values![account, id],
            |row| row.get(0),
        )?;
        Ok(found.flatten())
    }

    /// At most `limit` users whose path begins with `path_prefix`, by name without regard to case, from
    /// the name after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        path_prefix: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<User>> {
        self.sql.list(
            "select account_id, user_id, user_name, path, permissions_boundary, created_at
             from users
             where account_id = $1 and user_name_folded > $2 and substr(path, 1, length($3)) = $3
             order by user_name_folded limit $4",
            values![account, fold_name(after_name.unwrap_or_default()), path_prefix, limit],
            user,
        )
    }

    /// Every user of the installation, for the key ring.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(User) -> Result<()>) -> Result<()> {
        self.sql.each(
            "select account_id, user_id, user_name, path, permissions_boundary, created_at from users",
            &[],
            &mut |row| visit(user(row)?),
        )
    }

    /// Deletes a user; false where there is none. Its policies must be detached before.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self
            .sql
            .execute("delete from users where account_id = $1 and user_id = $2", values![account, id])?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::Users, -1)?;
        }
        Ok(deleted > 0)
    }
}

pub(crate) fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        path: row.get(3)?,
        permissions_boundary: row.get(4)?,
        created_at: row.get(5)?,
    })
}
