//! The credential store: stored credentials, the versions of their values, and who was given them.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// Where the value of a stored credential comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredKind {
    /// Somebody gave it.
    User,
    /// It stands for a part of the credentials in use of a connected account.
    Generated {
        /// Which account.
        cloud_account_id: String,
    },
}

impl StoredKind {
    /// The word in storage and in the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Generated { .. } => "generated",
        }
    }

    /// The connected account a generated one belongs to.
    pub fn cloud_account_id(&self) -> Option<&str> {
        match self {
            Self::User => None,
            Self::Generated { cloud_account_id } => Some(cloud_account_id),
        }
    }

    fn parse(word: &str, cloud_account_id: Option<String>) -> Result<Self> {
        match (word, cloud_account_id) {
            ("user", None) => Ok(Self::User),
            ("generated", Some(cloud_account_id)) => Ok(Self::Generated { cloud_account_id }),
            _ => Err(StoreError::Corrupt(format!("`{word}` is no kind of stored credential"))),
        }
    }
}

/// A stored credential, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// What inputs select it by; unique in the account.
    pub name: String,
    /// Where its value comes from.
    pub kind: StoredKind,
    /// For people.
    pub description: String,
    /// The newest version of its value; 0 for generated ones.
    pub version: i64,
    /// From when on it is not handed out.
    pub expires_at: Option<Timestamp>,
    /// How often it was read.
    pub reads: i64,
    /// When somebody was last given its value.
    pub last_read_at: Option<Timestamp>,
    /// ARN of who that was.
    pub last_read_by: Option<String>,
    /// ARN of who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A version of the value of a stored credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVersion {
    /// Counts up.
    pub version: i64,
    /// The value; [`value_place`] says where it opens.
    pub value: Sealed,
    /// The version whose value it is again.
    pub restored_from: Option<i64>,
    /// ARN of who gave it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// One time that somebody was given the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRead {
    /// Counts the reads of the credential.
    pub number: i64,
    /// The version that was given.
    pub version: i64,
    /// ARN of the person or workload.
    pub reader: String,
    /// When.
    pub at: Timestamp,
}

/// How many versions of a value are kept.
pub const VERSIONS_KEPT: i64 = 20;
/// How many reads of a credential are kept.
pub const READS_KEPT: i64 = 1000;

/// Where a version of a value is sealed for.
pub fn value_place(account: AccountId, stored_credential_id: &str, version: i64) -> Place {
    Place {
        tenant: account,
        table: "stored_credential_versions",
        row: stored_credential_id.to_owned(),
        column: "value_sealed",
        version: version.cast_unsigned(),
    }
}

/// The repository of stored credentials.
pub struct StoredCredentials<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Stored credentials.
    pub fn stored_credentials(&mut self) -> StoredCredentials<'_> {
        StoredCredentials { sql: self.sql() }
    }

    /// Holds a stored credential's row until the end of the transaction, so that nothing is given of it while it is
    /// deleted or taken back.
    pub fn lock_stored_credential(&mut self, account: AccountId, name: &str) -> Result<()> {
        self.lock(
            "select stored_credential_id from stored_credentials
             where account_id = $1 and name = $2 for update",
            values![account, name],
        )
    }
}

impl StoredCredentials<'_> {
    /// Adds a credential; breaks `stored_credentials_name_unique` where the account has one of this name.
    pub fn insert(&mut self, credential: &StoredCredential) -> Result<()> {
        self.sql.execute(
            "insert into stored_credentials
                 (account_id, stored_credential_id, name, kind, cloud_account_id, description, version,
                  expires_at, reads, created_by, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            values![
                credential.account,
                &credential.id,
                &credential.name,
                credential.kind.as_str(),
                credential.kind.cloud_account_id(),
                &credential.description,
                credential.version,
                credential.expires_at,
                credential.reads,
                &credential.created_by,
                credential.created_at,
                credential.updated_at,
            ],
        )?;
        Ok(())
    }

    /// The credential of exactly this name.
    pub fn find(&mut self, account: AccountId, name: &str) -> Result<Option<StoredCredential>> {
        self.sql.find(
            "select account_id, stored_credential_id, name, kind, cloud_account_id, description, version,
                    expires_at, reads, last_read_at, last_read_by, created_by, created_at, updated_at
             from stored_credentials where account_id = $1 and name = $2",
            values![account, name],
            stored_credential,
        )
    }

    /// The credential of this id.
    pub fn find_by_id(&mut self, account: AccountId, id: &str) -> Result<Option<StoredCredential>> {
        self.sql.find(
            "select account_id, stored_credential_id, name, kind, cloud_account_id, description, version,
                    expires_at, reads, last_read_at, last_read_by, created_by, created_at, updated_at
             from stored_credentials where account_id = $1 and stored_credential_id = $2",
            values![account, id],
            stored_credential,
        )
    }

    /// At most `limit` credentials of a kind by name, from the one after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        kind: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<StoredCredential>> {
        self.sql.list(
            "select account_id, stored_credential_id, name, kind, cloud_account_id, description, version,
                    expires_at, reads, last_read_at, last_read_by, created_by, created_at, updated_at
             from stored_credentials where account_id = $1 and kind = $2 and name > $3 order by name limit $4",
            values![account, kind, after_name.unwrap_or_default(), limit],
            stored_credential,
        )
    }

    /// How many the account has.
    pub fn count(&mut self, account: AccountId) -> Result<i64> {
        let count = self.sql.find(
            "select count(*) from stored_credentials where account_id = $1",
            values![account],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or_default())
    }

    /// Changes description, expiry and the newest version of a credential whose newest version was `before`; false
    /// where it is another one by now, or gone.
    pub fn update(&mut self, credential: &StoredCredential, before: i64) -> Result<bool> {
        let updated = self.sql.execute(
            "update stored_credentials set description = $1, expires_at = $2, version = $3, updated_at = $4
             where account_id = $5 and stored_credential_id = $6 and version = $7",
            values![
                &credential.description,
                credential.expires_at,
                credential.version,
                credential.updated_at,
                credential.account,
                &credential.id,
                before,
            ],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a credential with its versions, reads and grants.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<()> {
        self.sql.execute(
            "delete from stored_credentials where account_id = $1 and stored_credential_id = $2",
            values![account, id],
        )?;
        Ok(())
    }

    /// Adds a version of a value, and drops those that are too many by it.
    pub fn insert_version(&mut self, credential_id: &str, version: &StoredVersion) -> Result<()> {
        self.sql.execute(
            "insert into stored_credential_versions
                 (stored_credential_id, version, value_sealed, restored_from, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6)",
            values![
                credential_id,
                version.version,
                version.value.as_bytes(),
                version.restored_from,
                &version.created_by,
                version.created_at,
            ],
        )?;
        self.sql.execute(
            "delete from stored_credential_versions where stored_credential_id = $1 and version <= $2",
            values![credential_id, version.version - VERSIONS_KEPT],
        )?;
        Ok(())
    }

    /// A version of a value.
    pub fn find_version(&mut self, credential_id: &str, version: i64) -> Result<Option<StoredVersion>> {
        self.sql.find(
            "select version, value_sealed, restored_from, created_by, created_at
             from stored_credential_versions where stored_credential_id = $1 and version = $2",
            values![credential_id, version],
            stored_version,
        )
    }

    /// The versions that are kept, newest first.
    pub fn list_versions(&mut self, credential_id: &str) -> Result<Vec<StoredVersion>> {
        self.sql.list(
            "select version, value_sealed, restored_from, created_by, created_at
             from stored_credential_versions where stored_credential_id = $1 order by version desc",
            values![credential_id],
            stored_version,
        )
    }

    /// Enters that somebody is given a value, and drops the reads that are too many by it.
    pub fn insert_read(
        &mut self,
        credential_id: &str,
        version: i64,
        reader: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "update stored_credentials set reads = reads + 1, last_read_at = $1, last_read_by = $2
             where stored_credential_id = $3",
            values![now, reader, credential_id],
        )?;
        self.sql.execute(
            "insert into stored_credential_reads (stored_credential_id, number, version, reader, read_at)
             select stored_credential_id, reads, $1, $2, $3 from stored_credentials where stored_credential_id = $4",
            values![version, reader, now, credential_id],
        )?;
        self.sql.execute(
            "delete from stored_credential_reads
             where stored_credential_id = $1
               and number <= (select reads from stored_credentials where stored_credential_id = $1) - $2",
            values![credential_id, READS_KEPT],
        )?;
        Ok(())
    }

    /// At most `limit` reads, newest first, from the one before number `before`.
    pub fn list_reads(&mut self, credential_id: &str, before: i64, limit: i64) -> Result<Vec<StoredRead>> {
        self.sql.list(
            "select number, version, reader, read_at from stored_credential_reads
             where stored_credential_id = $1 and number < $2 order by number desc limit $3",
            values![credential_id, before, limit],
            |row| {
                Ok(StoredRead {
                    number: row.get(0)?,
                    version: row.get(1)?,
                    reader: row.get(2)?,
                    at: row.get(3)?,
                })
            },
        )
    }
}

fn stored_credential(row: &Row<'_>) -> Result<StoredCredential> {
    Ok(StoredCredential {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        kind: StoredKind::parse(row.get(3)?, row.get(4)?)?,
        description: row.get(5)?,
        version: row.get(6)?,
        expires_at: row.get(7)?,
        reads: row.get(8)?,
        last_read_at: row.get(9)?,
        last_read_by: row.get(10)?,
        created_by: row.get(11)?,
        created_at: row.get(12)?,
        updated_at: row.get(13)?,
    })
}

fn stored_version(row: &Row<'_>) -> Result<StoredVersion> {
    Ok(StoredVersion {
        version: row.get(0)?,
        value: Sealed::from_bytes(row.get(1)?),
        restored_from: row.get(2)?,
        created_by: row.get(3)?,
        created_at: row.get(4)?,
    })
}
