//! Login profiles: the passwords of users and root users, hashed, and the ones they replaced.

use keystead_core::password::REUSE_MAX;
use keystead_core::{AccountId, SecretString, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of login profiles.
pub struct LoginProfiles<'t> {
    sql: &'t mut dyn Sql,
}

/// A password that somebody has.
#[derive(Clone, Debug)]
pub struct LoginProfile {
    /// The account it belongs to.
    pub account: AccountId,
    /// A user id, or the account's number for the root user.
    pub owner_id: String,
    /// The hash in PHC form. Salted, it is unlike any other, so it names the password for a change.
    pub password_hash: SecretString,
    /// Grows with every password of the owner, also where one is deleted and another made.
    pub version: i64,
    /// Whether the owner must set another at the next sign-in.
    pub reset_required: bool,
    /// When the profile was made.
    pub created_at: Timestamp,
    /// When the password was set.
    pub changed_at: Timestamp,
}

impl LoginProfile {
    /// The profile of an owner who sets a first password.
    pub fn first(account: AccountId, owner_id: &str, password_hash: &SecretString, now: Timestamp) -> Self {
        Self {
            account,
            owner_id: owner_id.to_owned(),
            password_hash: password_hash.clone(),
            version: now.micros(),
            reset_required: false,
            created_at: now.whole_second(),
            changed_at: now.whole_second(),
        }
    }
}

impl Tx<'_> {
    /// Login profiles.
    pub fn login_profiles(&mut self) -> LoginProfiles<'_> {
        LoginProfiles { sql: self.sql() }
    }
}

impl LoginProfiles<'_> {
    /// Adds a profile; breaks `login_profiles_pkey` where the owner has one.
    pub fn insert(&mut self, profile: &LoginProfile) -> Result<()> {
        self.sql.execute(
            "insert into login_profiles
                 (account_id, owner_id, password_hash, version, reset_required, created_at, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                profile.account,
                &profile.owner_id,
                profile.password_hash.expose(),
                profile.version,
                profile.reset_required,
                profile.created_at,
                profile.changed_at,
            ],
        )?;
        Ok(())
    }

    /// The profile of an owner.
    pub fn find(&mut self, account: AccountId, owner_id: &str) -> Result<Option<LoginProfile>> {
        self.sql.find(
            "select account_id, owner_id, password_hash, version, reset_required, created_at, changed_at
             from login_profiles where account_id = $1 and owner_id = $2",
            values![account, owner_id],
            login_profile,
        )
    }

    /// The hashes of at most `limit` passwords before the present one, the latest first.
    pub fn list_former(
        &mut self,
        account: AccountId,
        owner_id: &str,
        limit: i64,
    ) -> Result<Vec<SecretString>> {
        self.sql.list(
            "select password_hash from former_passwords
             where account_id = $1 and owner_id = $2 order by version desc limit $3",
            values![account, owner_id, limit],
            |row| Ok(SecretString::new(row.get(0)?)),
        )
    }

    /// Puts a password in the place of the one that `former` has, which is remembered; false where that is no
    /// longer the present one.
    pub fn replace_password(
        &mut self,
        former: &LoginProfile,
        password_hash: &SecretString,
        reset_required: bool,
        now: Timestamp,
    ) -> Result<bool> {
        let LoginProfile { account, owner_id, version, .. } = former;
        let replaced = self.sql.execute(
            "update login_profiles
             set password_hash = $1, version = version + 1, reset_required = $2, changed_at = $3
             where account_id = $4 and owner_id = $5 and password_hash = $6",
            values![
                password_hash.expose(),
                reset_required,
                now,
                *account,
                owner_id,
                former.password_hash.expose()
            ],
        )?;
        if replaced == 0 {
            return Ok(false);
        }
        self.sql.execute(
            "insert into former_passwords (account_id, owner_id, version, password_hash)
             values ($1, $2, $3, $4)",
            values![*account, owner_id, *version, former.password_hash.expose()],
        )?;
        self.sql.execute(
            "delete from former_passwords where account_id = $1 and owner_id = $2 and version <= $3",
            values![*account, owner_id, version - REUSE_MAX],
        )?;
        Ok(true)
    }

    /// Says whether the owner must set another password at the next sign-in; false where there is no profile.
    pub fn update_reset_required(
        &mut self,
        account: AccountId,
        owner_id: &str,
        reset_required: bool,
    ) -> Result<bool> {
        let updated = self.sql.execute(
            "update login_profiles set reset_required = $1 where account_id = $2 and owner_id = $3",
            values![reset_required, account, owner_id],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a profile with its former passwords; false where there is none.
    pub fn delete(&mut self, account: AccountId, owner_id: &str) -> Result<bool> {
        self.sql.execute(
            "delete from former_passwords where account_id = $1 and owner_id = $2",
            values![account, owner_id],
        )?;
        let deleted = self.sql.execute(
            "delete from login_profiles where account_id = $1 and owner_id = $2",
            values![account, owner_id],
        )?;
        Ok(deleted > 0)
    }
}

fn login_profile(row: &Row<'_>) -> Result<LoginProfile> {
    Ok(LoginProfile {
        account: row.get(0)?,
        owner_id: row.get(1)?,
        password_hash: SecretString::new(row.get(2)?),
        version: row.get(3)?,
        reset_required: row.get(4)?,
        created_at: row.get(5)?,
        changed_at: row.get(6)?,
    })
}
