//! Accounts at clouds that are connected, and the credentials they are reached with, version by version.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// What credentials of a cloud account are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudCredentialKind {
    /// An access key.
    AccessKey,
    /// A role that is assumed, with an access key of the account's or the installation's own.
    Role,
}

impl CloudCredentialKind {
    /// The word in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access_key",
            Self::Role => "role",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        match word {
            "access_key" => Ok(Self::AccessKey),
            "role" => Ok(Self::Role),
            _ => Err(StoreError::Corrupt(format!("`{word}` is no kind of cloud credentials"))),
        }
    }
}

/// A connected account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudAccount {
    /// The account here.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// A name for people, unique in the account.
    pub name: String,
    /// Which cloud.
    pub provider: String,
    /// At which endpoint: AWS's partition, or a registered name.
    pub endpoint: String,
    /// Its number at the cloud, which never changes.
    pub number: String,
    /// What its present credentials are.
    pub kind: CloudCredentialKind,
    /// Which version of its credentials is in use.
    pub version: i64,
    /// Who these are at the cloud.
    pub principal_arn: String,
    /// What a role has to ask for.
    pub external_id: String,
    /// ARN of who connected it.
    pub connected_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When its credentials were last changed.
    pub updated_at: Timestamp,
}

/// One version of the credentials of a connected account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudCredentials {
    /// The connected account.
    pub cloud_account_id: String,
    /// Counts up.
    pub version: i64,
    /// What they are.
    pub kind: CloudCredentialKind,
    /// The access key; `None` where a role is assumed with the installation's own.
    pub access_key_id: Option<String>,
    /// Its secret; [`secret_place`] says where it opens.
    pub secret: Option<Sealed>,
    /// The role to assume.
    pub role_arn: Option<String>,
    /// X.509 certificate, PEM.
    pub certificate: Option<String>,
    /// Its key, PEM; [`private_key_place`] says where it opens.
    pub private_key: Option<Sealed>,
    /// Who they are at the cloud.
    pub principal_arn: String,
    /// ARN of who gave them.
    pub created_by: String,
    /// When they were proved and taken.
    pub created_at: Timestamp,
    /// When others took their place.
    pub replaced_at: Option<Timestamp>,
}

/// Where the secret of a version is sealed for.
pub fn secret_place(account: AccountId, cloud_account_id: &str, version: i64) -> Place {
    place(account, cloud_account_id, version, "secret_sealed")
}

/// Where the private key of a version's certificate is sealed for.
pub fn private_key_place(account: AccountId, cloud_account_id: &str, version: i64) -> Place {
    place(account, cloud_account_id, version, "private_key_sealed")
}

fn place(account: AccountId, cloud_account_id: &str, version: i64, column: &'static str) -> Place {
    let (row, version) = (cloud_account_id.to_owned(), version.cast_unsigned());
    Place { tenant: account, table: "cloud_credentials", row, column, version }
}

/// The repository of connected accounts.
pub struct CloudAccounts<'t> {
    pub(crate) sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Connected accounts.
    pub fn cloud_accounts(&mut self) -> CloudAccounts<'_> {
        CloudAccounts { sql: self.sql() }
    }

    /// Holds a connected account's row until the end of the transaction.
    pub fn lock_cloud_account(&mut self, account: AccountId, id: &str) -> Result<()> {
        self.lock(
            "select cloud_account_id from cloud_accounts
             where account_id = $1 and cloud_account_id = $2 for update",
            values![account, id],
        )
    }
}

impl CloudAccounts<'_> {
    /// Adds a connected account, which is to be looked through at once; breaks `cloud_accounts_number_unique` where anybody here has it already, and
    /// `cloud_accounts_name_unique` where the account has the name.
    pub fn insert(&mut self, cloud: &CloudAccount) -> Result<()> {
        self.sql.execute(
            "insert into cloud_accounts
                 (account_id, cloud_account_id, name, provider, endpoint, number, kind, version, principal_arn,
                  external_id, connected_by, created_at, updated_at, discover_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12)",
            values![
                cloud.account,
                &cloud.id,
                &cloud.name,
                &cloud.provider,
                &cloud.endpoint,
                &cloud.number,
                cloud.kind.as_str(),
                cloud.version,
                &cloud.principal_arn,
                &cloud.external_id,
                &cloud.connected_by,
                cloud.created_at,
                cloud.updated_at,
            ],
        )?;
        Ok(())
    }

    /// The connected account of this id.
    pub fn find(&mut self, account: AccountId, id: &str) -> Result<Option<CloudAccount>> {
        self.sql.find(
            "select account_id, cloud_account_id, name, provider, endpoint, number, kind, version,
                    principal_arn, external_id, connected_by, created_at, updated_at
             from cloud_accounts where account_id = $1 and cloud_account_id = $2",
            values![account, id],
            cloud_account,
        )
    }

    /// The connected account of this name.
    pub fn find_by_name(&mut self, account: AccountId, name: &str) -> Result<Option<CloudAccount>> {
        self.sql.find(
            "select account_id, cloud_account_id, name, provider, endpoint, number, kind, version,
                    principal_arn, external_id, connected_by, created_at, updated_at
             from cloud_accounts where account_id = $1 and name = $2",
            values![account, name],
            cloud_account,
        )
    }

    /// The connected account of this number, whosever it is.
    pub fn find_by_number(&mut self, endpoint: &str, number: &str) -> Result<Option<CloudAccount>> {
        self.sql.find(
            "select account_id, cloud_account_id, name, provider, endpoint, number, kind, version,
                    principal_arn, external_id, connected_by, created_at, updated_at
             from cloud_accounts where endpoint = $1 and number = $2",
            values![endpoint, number],
            cloud_account,
        )
    }

    /// At most `limit` connected accounts by name, from the one after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<CloudAccount>> {
        self.sql.list(
            "select account_id, cloud_account_id, name, provider, endpoint, number, kind, version,
                    principal_arn, external_id, connected_by, created_at, updated_at
             from cloud_accounts where account_id = $1 and name > $2 order by name limit $3",
            values![account, after_name.unwrap_or_default(), limit],
            cloud_account,
        )
    }

    /// At most `limit` that are to be looked through by now and are not, whosever they are.
    pub fn list_to_discover(&mut self, now: Timestamp, limit: i64) -> Result<Vec<(AccountId, String)>> {
        self.sql.list(
            "select account_id, cloud_account_id from cloud_accounts c
             where discover_at <= $1 and not exists
                 (select 1 from cloud_discoveries d
                  where d.cloud_account_id = c.cloud_account_id and d.finished_at is null)
             order by discover_at limit $2",
            values![now, limit],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// Says when one is to be looked through next; `None` while that is under way.
    pub fn update_discover_at(&mut self, account: AccountId, id: &str, at: Option<Timestamp>) -> Result<()> {
        self.sql.execute(
            "update cloud_accounts set discover_at = $1 where account_id = $2 and cloud_account_id = $3",
            values![at, account, id],
        )?;
        Ok(())
    }

    /// The same, unless it was said already.
    pub fn propose_discover_at(&mut self, account: AccountId, id: &str, at: Timestamp) -> Result<()> {
        self.sql.execute(
            "update cloud_accounts set discover_at = $1
             where account_id = $2 and cloud_account_id = $3 and discover_at is null",
            values![at, account, id],
        )?;
        Ok(())
    }

    /// Puts another version of the credentials in use, to be probed at once; the account's number is not among
    /// what can change.
    pub fn update_credentials(&mut self, cloud: &CloudAccount) -> Result<()> {
        self.sql.execute(
            "update cloud_accounts set kind = $1, version = $2, principal_arn = $3, updated_at = $4, probe_at = null
             where account_id = $5 and cloud_account_id = $6",
            values![
                cloud.kind.as_str(),
                cloud.version,
                &cloud.principal_arn,
                cloud.updated_at,
                cloud.account,
                &cloud.id,
            ],
        )?;
        Ok(())
    }

    /// Deletes a connected account and everything known of it; false where there is none.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from cloud_accounts where account_id = $1 and cloud_account_id = $2",
            values![account, id],
        )?;
        Ok(deleted > 0)
    }

    /// Adds a version of credentials.
    pub fn insert_credentials(&mut self, account: AccountId, credentials: &CloudCredentials) -> Result<()> {
        self.sql.execute(
            "insert into cloud_credentials
                 (account_id, cloud_account_id, version, kind, access_key_id, secret_sealed, role_arn,
                  certificate, private_key_sealed, principal_arn, created_by, created_at, replaced_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            values![
                account,
                &credentials.cloud_account_id,
                credentials.version,
                credentials.kind.as_str(),
                credentials.access_key_id.as_deref(),
                credentials.secret.as_ref().map(Sealed::as_bytes),
                credentials.role_arn.as_deref(),
                credentials.certificate.as_deref(),
                credentials.private_key.as_ref().map(Sealed::as_bytes),
                &credentials.principal_arn,
                &credentials.created_by,
                credentials.created_at,
                credentials.replaced_at,
            ],
        )?;
        Ok(())
    }

    /// A version of the credentials of a connected account.
    pub fn find_credentials(
        &mut self,
        account: AccountId,
        id: &str,
        version: i64,
    ) -> Result<Option<CloudCredentials>> {
        self.sql.find(
            "select cloud_account_id, version, kind, access_key_id, secret_sealed, role_arn, certificate,
                    private_key_sealed, principal_arn, created_by, created_at, replaced_at
             from cloud_credentials where account_id = $1 and cloud_account_id = $2 and version = $3",
            values![account, id, version],
            credentials,
        )
    }

    /// How many an account has connected.
    pub fn count(&mut self, account: AccountId) -> Result<i64> {
        let counted = self.sql.find(
            "select count(*) from cloud_accounts where account_id = $1",
            values![account],
            |row| row.get(0),
        )?;
        Ok(counted.unwrap_or_default())
    }

    /// The external id drawn for an account's connections, if it was asked for.
    pub fn find_external_id(&mut self, account: AccountId) -> Result<Option<String>> {
        self.sql.find(
            "select external_id from cloud_external_ids where account_id = $1",
            values![account],
            |row| row.get(0),
        )
    }

    /// The external id drawn for an account's next connection, drawn now where there is none.
    pub fn external_id(&mut self, account: AccountId, drawn: &str, now: Timestamp) -> Result<String> {
        self.sql.execute(
            "insert into cloud_external_ids (account_id, external_id, created_at) values ($1, $2, $3)
             on conflict (account_id) do nothing",
            values![account, drawn, now],
        )?;
        let found = self.find_external_id(account)?;
        found.ok_or_else(|| StoreError::Corrupt(format!("account {account} has no external id")))
    }
}

pub(crate) fn cloud_account(row: &Row<'_>) -> Result<CloudAccount> {
    Ok(CloudAccount {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        provider: row.get(3)?,
        endpoint: row.get(4)?,
        number: row.get(5)?,
        kind: CloudCredentialKind::parse(row.get(6)?)?,
        version: row.get(7)?,
        principal_arn: row.get(8)?,
        external_id: row.get(9)?,
        connected_by: row.get(10)?,
        created_at: row.get(11)?,
        updated_at: row.get(12)?,
    })
}

pub(crate) fn credentials(row: &Row<'_>) -> Result<CloudCredentials> {
    Ok(CloudCredentials {
        cloud_account_id: row.get(0)?,
        version: row.get(1)?,
        kind: CloudCredentialKind::parse(row.get(2)?)?,
        access_key_id: row.get(3)?,
        secret: row.get::<Option<Vec<u8>>>(4)?.map(Sealed::from_bytes),
        role_arn: row.get(5)?,
        certificate: row.get(6)?,
        private_key: row.get::<Option<Vec<u8>>>(7)?.map(Sealed::from_bytes),
        principal_arn: row.get(8)?,
        created_by: row.get(9)?,
        created_at: row.get(10)?,
        replaced_at: row.get(11)?,
    })
}
