//! SSH key pairs at clouds, and the private keys of those that are kept here.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// A key pair whose private key is kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudSshKey {
    /// The account here.
    pub account: AccountId,
    /// The connected account.
    pub cloud_account_id: String,
    /// What the cloud knows it by.
    pub id: String,
    /// Where it is.
    pub region: String,
    /// What people call it.
    pub name: String,
    /// As the cloud tells it.
    pub fingerprint: Option<String>,
    /// The private key; [`material_place`] says where it opens.
    pub material: Sealed,
    /// ARN of who made or gave it.
    pub created_by: String,
    /// Unique id of who made or gave it.
    pub creator_id: String,
    /// When.
    pub created_at: Timestamp,
}

/// A key pair as it is listed: those kept here and those that were only found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSshKey {
    /// What the cloud knows it by.
    pub id: String,
    /// Where it is.
    pub region: String,
    /// What people call it.
    pub name: String,
    /// ARN of who made or gave the private key; `None` where it is not kept here.
    pub created_by: Option<String>,
    /// When.
    pub created_at: Option<Timestamp>,
}

/// Where the private key of a key pair is sealed for.
pub fn material_place(account: AccountId, cloud_account_id: &str, id: &str) -> Place {
    let row = format!("{cloud_account_id}/{id}");
    Place { tenant: account, table: "cloud_ssh_keys", row, column: "material_sealed", version: 1 }
}

/// The repository of SSH keys at clouds.
pub struct CloudSshKeys<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// SSH keys at clouds.
    pub fn cloud_ssh_keys(&mut self) -> CloudSshKeys<'_> {
        CloudSshKeys { sql: self.sql() }
    }
}

impl CloudSshKeys<'_> {
    /// Keeps a private key, in the place of the one that was kept.
    pub fn put(&mut self, key: &CloudSshKey) -> Result<()> {
        self.sql.execute(
            "insert into cloud_ssh_keys
                 (account_id, cloud_account_id, ssh_key_id, region, name, fingerprint, material_sealed, created_by,
                  creator_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             on conflict (cloud_account_id, ssh_key_id) do update
             set material_sealed = $7, created_by = $8, creator_id = $9, created_at = $10",
            values![
                key.account,
                &key.cloud_account_id,
                &key.id,
                &key.region,
                &key.name,
                key.fingerprint.as_deref(),
                key.material.as_bytes(),
                &key.created_by,
                &key.creator_id,
                key.created_at,
            ],
        )?;
        Ok(())
    }

    /// The key pair of a connected account whose private key is kept.
    pub fn find(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        id: &str,
    ) -> Result<Option<CloudSshKey>> {
        self.sql.find(
            "select account_id, cloud_account_id, ssh_key_id, region, name, fingerprint, material_sealed,
                    created_by, creator_id, created_at
             from cloud_ssh_keys where account_id = $1 and cloud_account_id = $2 and ssh_key_id = $3",
            values![account, cloud_account_id, id],
            ssh_key,
        )
    }

    /// The key pairs of that id in all connected accounts of an account.
    pub fn list_by_id(&mut self, account: AccountId, id: &str) -> Result<Vec<CloudSshKey>> {
        self.sql.list(
            "select account_id, cloud_account_id, ssh_key_id, region, name, fingerprint, material_sealed,
                    created_by, creator_id, created_at
             from cloud_ssh_keys where account_id = $1 and ssh_key_id = $2",
            values![account, id],
            ssh_key,
        )
    }

    /// At most `limit` key pairs of a connected account, by id, from the one after that id: those whose private
    /// key is kept, and those that were only found.
    pub fn list(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        after_id: &str,
        limit: i64,
    ) -> Result<Vec<ListedSshKey>> {
        self.sql.list(
            "select ssh_key_id, region, name, created_by, created_at
             from cloud_ssh_keys where account_id = $1 and cloud_account_id = $2 and ssh_key_id > $3
             union all
             select r.resource_id, r.region, r.name, null, null
             from cloud_resources r
             where r.account_id = $1 and r.cloud_account_id = $2 and r.kind = 'key_pairs' and r.resource_id > $3
               and not exists (select 1 from cloud_ssh_keys k
                               where k.cloud_account_id = r.cloud_account_id and k.ssh_key_id = r.resource_id)
             order by 1, 2 limit $4",
            values![account, cloud_account_id, after_id, limit],
            |row| {
                Ok(ListedSshKey {
                    id: row.get(0)?,
                    region: row.get(1)?,
                    name: row.get(2)?,
                    created_by: row.get(3)?,
                    created_at: row.get(4)?,
                })
            },
        )
    }

    /// Forgets a private key; false where none is kept.
    pub fn delete(&mut self, account: AccountId, cloud_account_id: &str, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from cloud_ssh_keys where account_id = $1 and cloud_account_id = $2 and ssh_key_id = $3",
            values![account, cloud_account_id, id],
        )?;
        Ok(deleted > 0)
    }
}

fn ssh_key(row: &Row<'_>) -> Result<CloudSshKey> {
    Ok(CloudSshKey {
        account: row.get(0)?,
        cloud_account_id: row.get(1)?,
        id: row.get(2)?,
        region: row.get(3)?,
        name: row.get(4)?,
        fingerprint: row.get(5)?,
        material: Sealed::from_bytes(row.get(6)?),
        created_by: row.get(7)?,
        creator_id: row.get(8)?,
        created_at: row.get(9)?,
    })
}
