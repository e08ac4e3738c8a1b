//! Managed credentials, and the sealed copies of their secrets.

use keystead_core::{AccountId, KeyId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of managed credentials and custody copies.
pub struct Custody<'t> {
    sql: &'t mut dyn Sql,
}

/// Which authority a managed credential belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// This one.
    Embedded,
    /// Another one, reached at an endpoint.
    Remote,
}

impl CredentialKind {
    /// The word in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Remote => "remote",
        }
    }

    /// The reverse of [`CredentialKind::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "embedded" => Some(Self::Embedded),
            "remote" => Some(Self::Remote),
            _ => None,
        }
    }
}

/// What the keys of a managed credential are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    /// Access keys.
    AccessKey,
    /// Signing certificates, each with its private key.
    SigningCertificate,
    /// Service-specific credentials, each with the name that the service knows its user by.
    ServiceCredential,
    /// Values of a stored credential.
    StoredValue,
}

impl Material {
    /// The word in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access_key",
            Self::SigningCertificate => "signing_certificate",
            Self::ServiceCredential => "service_credential",
            Self::StoredValue => "stored_value",
        }
    }

    /// The reverse of [`Material::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "access_key" => Some(Self::AccessKey),
            "signing_certificate" => Some(Self::SigningCertificate),
            "service_credential" => Some(Self::ServiceCredential),
            "stored_value" => Some(Self::StoredValue),
            _ => None,
        }
    }
}

/// A credential that is rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedCredential {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// A name for people, unique in the account.
    pub name: String,
    /// Which authority it belongs to.
    pub kind: CredentialKind,
    /// What its keys are.
    pub material: Material,
    /// Where a remote authority answers.
    pub endpoint: Option<String>,
    /// For which region its calls are signed.
    pub region: Option<String>,
    /// The user whose keys are rotated.
    pub user_name: String,
    /// The unique id of that user, once known.
    pub owner_id: Option<String>,
    /// The key that consumers should use.
    pub current_access_key_id: KeyId,
    /// Rotate this many days after the last time; none is by hand only.
    pub schedule_days: Option<i64>,
    /// How careful a rotation is, by name.
    pub profile: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The connected account that Keystead itself reaches with this key.
    pub cloud_account_id: Option<String>,
}

/// Where a custody copy is sealed for.
pub fn copy_place(account: AccountId, credential_id: &str, key: KeyId) -> Place {
    let row = format!("{credential_id}/{key}");
    Place { tenant: account, table: "custody_copies", row, column: "secret_sealed", version: 1 }
}

impl Tx<'_> {
    /// Managed credentials and custody copies.
    pub fn custody(&mut self) -> Custody<'_> {
        Custody { sql: self.sql() }
    }
}

impl Custody<'_> {
    /// Adds a credential; breaks `managed_credentials_name_unique` where the account has the name.
    pub fn insert(&mut self, credential: &ManagedCredential) -> Result<()> {
        self.sql.execute(
            "insert into managed_credentials
                 (account_id, credential_id, name, kind, material, endpoint, region, user_name, owner_id,
                  current_access_key_id, schedule_days, profile, created_at, updated_at, cloud_account_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            values![
                credential.account,
                &credential.id,
                &credential.name,
                credential.kind.as_str(),
                credential.material.as_str(),
                credential.endpoint.as_deref(),
                credential.region.as_deref(),
                &credential.user_name,
                credential.owner_id.as_deref(),
                credential.current_access_key_id,
                credential.schedule_days,
                &credential.profile,
                credential.created_at,
                credential.updated_at,
                credential.cloud_account_id.as_deref(),
            ],
        )?;
        Ok(())
    }

    /// The credential of this id.
    pub fn find(&mut self, account: AccountId, id: &str) -> Result<Option<ManagedCredential>> {
        self.sql.find(
            "select account_id, credential_id, name, kind, material, endpoint, region, user_name, owner_id,
                    current_access_key_id, schedule_days, profile, created_at, updated_at, cloud_account_id
             from managed_credentials where account_id = $1 and credential_id = $2",
            values![account, id],
            credential,
        )
    }

    /// The credential of this name.
    pub fn find_by_name(&mut self, account: AccountId, name: &str) -> Result<Option<ManagedCredential>> {
        self.sql.find(
            "select account_id, credential_id, name, kind, material, endpoint, region, user_name, owner_id,
                    current_access_key_id, schedule_days, profile, created_at, updated_at, cloud_account_id
             from managed_credentials where account_id = $1 and name = $2",
            values![account, name],
            credential,
        )
    }

    /// The credential whose key this is now.
    pub fn find_by_key(&mut self, account: AccountId, key: KeyId) -> Result<Option<ManagedCredential>> {
        self.sql.find(
            "select account_id, credential_id, name, kind, material, endpoint, region, user_name, owner_id,
                    current_access_key_id, schedule_days, profile, created_at, updated_at, cloud_account_id
             from managed_credentials where account_id = $1 and current_access_key_id = $2",
            values![account, key],
            credential,
        )
    }

    /// The credential that is the key with which a connected account is reached.
    pub fn find_by_cloud(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
    ) -> Result<Option<ManagedCredential>> {
        self.sql.find(
            "select account_id, credential_id, name, kind, material, endpoint, region, user_name, owner_id,
                    current_access_key_id, schedule_days, profile, created_at, updated_at, cloud_account_id
             from managed_credentials where account_id = $1 and cloud_account_id = $2",
            values![account, cloud_account_id],
            credential,
        )
    }

    /// At most `limit` credentials by name, from the one after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ManagedCredential>> {
        self.sql.list(
            "select account_id, credential_id, name, kind, material, endpoint, region, user_name, owner_id,
                    current_access_key_id, schedule_days, profile, created_at, updated_at, cloud_account_id
             from managed_credentials where account_id = $1 and name > $2 order by name limit $3",
            values![account, after_name.unwrap_or_default(), limit],
            credential,
        )
    }

    /// Changes everything of a credential but its id, kind and beginning; false where there is none.
    pub fn update(&mut self, credential: &ManagedCredential) -> Result<bool> {
        let updated = self.sql.execute(
            "update managed_credentials set
                 name = $1, endpoint = $2, region = $3, user_name = $4, owner_id = $5,
                 current_access_key_id = $6, schedule_days = $7, profile = $8, updated_at = $9
             where account_id = $10 and credential_id = $11",
            values![
                &credential.name,
                credential.endpoint.as_deref(),
                credential.region.as_deref(),
                &credential.user_name,
                credential.owner_id.as_deref(),
                credential.current_access_key_id,
                credential.schedule_days,
                &credential.profile,
                credential.updated_at,
                credential.account,
                &credential.id,
            ],
        )?;
        Ok(updated > 0)
    }

    /// What the endpoint of a credential was found to be able to do, JSON.
    pub fn find_capabilities(&mut self, account: AccountId, id: &str) -> Result<Option<String>> {
        let found: Option<Option<String>> = self.sql.find(
            "select capabilities from managed_credentials where account_id = $1 and credential_id = $2",
            values![account, id],
            |row| row.get(0),
        )?;
        Ok(found.flatten())
    }

    /// Notes what the endpoint of a credential was found to be able to do.
    pub fn set_capabilities(&mut self, account: AccountId, id: &str, capabilities: &str) -> Result<()> {
        self.sql.execute(
            "update managed_credentials set capabilities = $1 where account_id = $2 and credential_id = $3",
            values![capabilities, account, id],
        )?;
        Ok(())
    }

    /// Deletes a credential with its copies, consumers and rotations; false where there is none.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from managed_credentials where account_id = $1 and credential_id = $2",
            values![account, id],
        )?;
        Ok(deleted > 0)
    }

    /// Takes the secret of a key into custody; breaks `custody_copies_pkey` where it is there already.
    pub fn insert_copy(
        &mut self,
        account: AccountId,
        credential_id: &str,
        key: KeyId,
        secret: &Sealed,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "insert into custody_copies (account_id, credential_id, access_key_id, secret_sealed, created_at)
             values ($1, $2, $3, $4, $5)",
            values![account, credential_id, key, secret.as_bytes(), now],
        )?;
        Ok(())
    }

    /// The sealed copy of a key's secret; [`copy_place`] says where it opens.
    pub fn find_copy(
        &mut self,
        account: AccountId,
        credential_id: &str,
        key: KeyId,
    ) -> Result<Option<Sealed>> {
        self.sql.find(
            "select secret_sealed from custody_copies
             where account_id = $1 and credential_id = $2 and access_key_id = $3",
            values![account, credential_id, key],
            |row| row.get(0).map(Sealed::from_bytes),
        )
    }

    /// The keys of which there are copies, oldest first.
    pub fn list_copies(&mut self, account: AccountId, credential_id: &str) -> Result<Vec<KeyId>> {
        self.sql.list(
            "select access_key_id from custody_copies
             where account_id = $1 and credential_id = $2 order by created_at, access_key_id",
            values![account, credential_id],
            |row| row.get(0),
        )
    }

    /// Destroys the copy of a key's secret; false where there is none.
    pub fn delete_copy(&mut self, account: AccountId, credential_id: &str, key: KeyId) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from custody_copies
             where account_id = $1 and credential_id = $2 and access_key_id = $3",
            values![account, credential_id, key],
        )?;
        Ok(deleted > 0)
    }
}

fn credential(row: &Row<'_>) -> Result<ManagedCredential> {
    let kind = row.get(3)?;
    let material = row.get(4)?;
    Ok(ManagedCredential {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        kind: CredentialKind::parse(kind)
            .ok_or_else(|| StoreError::Corrupt(format!("`{kind}` is no kind of credential")))?,
        material: Material::parse(material)
            .ok_or_else(|| StoreError::Corrupt(format!("`{material}` is nothing that is rotated")))?,
        endpoint: row.get(5)?,
        region: row.get(6)?,
        user_name: row.get(7)?,
        owner_id: row.get(8)?,
        current_access_key_id: row.get(9)?,
        schedule_days: row.get(10)?,
        profile: row.get(11)?,
        created_at: row.get(12)?,
        updated_at: row.get(13)?,
        cloud_account_id: row.get(14)?,
    })
}
