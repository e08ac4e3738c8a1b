//! SSH public keys of users.

use keystead_core::{AccountId, KeyStatus, SshPublicKey};

use crate::access_keys::key_status;
use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of SSH public keys.
pub struct SshPublicKeys<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// SSH public keys.
    pub fn ssh_public_keys(&mut self) -> SshPublicKeys<'_> {
        SshPublicKeys { sql: self.sql() }
    }
}

impl SshPublicKeys<'_> {
    /// Adds a key; breaks `ssh_public_keys_digest_unique` where the user has it already.
    pub fn insert(&mut self, key: &SshPublicKey) -> Result<()> {
        self.sql.execute(
            "insert into ssh_public_keys
                 (account_id, public_key_id, user_id, body, digest, status, uploaded_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                key.account,
                &key.id,
                &key.user_id,
                &key.body,
                key.digest.as_slice(),
                key.status.as_str(),
                key.uploaded_at,
            ],
        )?;
        Ok(())
    }

    /// The key of this id, where the user has it.
    pub fn find(&mut self, account: AccountId, user_id: &str, id: &str) -> Result<Option<SshPublicKey>> {
        self.sql.find(
            "select account_id, public_key_id, user_id, body, digest, status, uploaded_at
             from ssh_public_keys where account_id = $1 and user_id = $2 and public_key_id = $3",
            values![account, user_id, id],
            ssh_public_key,
        )
    }

    /// The keys of a user, oldest first.
    pub fn list_by_user(&mut self, account: AccountId, user_id: &str) -> Result<Vec<SshPublicKey>> {
        self.sql.list(
            "select account_id, public_key_id, user_id, body, digest, status, uploaded_at
             from ssh_public_keys where account_id = $1 and user_id = $2
             order by uploaded_at, public_key_id",
            values![account, user_id],
            ssh_public_key,
        )
    }

    /// Makes a key active or inactive; false where the user has no such key.
    pub fn update_status(
        &mut self,
        account: AccountId,
        user_id: &str,
        id: &str,
        status: KeyStatus,
    ) -> Result<bool> {
        let updated = self.sql.execute(
            "update ssh_public_keys set status = $1
             where account_id = $2 and user_id = $3 and public_key_id = $4",
            values![status.as_str(), account, user_id, id],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a key; false where the user has no such key.
    pub fn delete(&mut self, account: AccountId, user_id: &str, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from ssh_public_keys where account_id = $1 and user_id = $2 and public_key_id = $3",
            values![account, user_id, id],
        )?;
        Ok(deleted > 0)
    }
}

fn ssh_public_key(row: &Row<'_>) -> Result<SshPublicKey> {
    Ok(SshPublicKey {
        account: row.get(0)?,
        id: row.get(1)?,
        user_id: row.get(2)?,
        body: row.get(3)?,
        digest: row.get(4)?,
        status: key_status(row.get(5)?)?,
        uploaded_at: row.get(6)?,
    })
}
