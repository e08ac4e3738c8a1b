//! Service-specific credentials of users.

use keystead_core::user::fold_name;
use keystead_core::{AccountId, KeyStatus, ServiceCredential};

use crate::access_keys::key_status;
use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of service-specific credentials.
pub struct ServiceCredentials<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Service-specific credentials.
    pub fn service_credentials(&mut self) -> ServiceCredentials<'_> {
        ServiceCredentials { sql: self.sql() }
    }
}

impl ServiceCredentials<'_> {
    /// Adds a credential; breaks `service_credentials_name_unique` where the service knows somebody else in the
    /// account by that name.
    pub fn insert(&mut self, credential: &ServiceCredential, password_hash: &[u8]) -> Result<()> {
        self.sql.execute(
            "insert into service_credentials
                 (account_id, credential_id, user_id, service, service_user_name, service_user_name_folded,
                  password_hash, status, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                credential.account,
                &credential.id,
                &credential.user_id,
                &credential.service,
                &credential.service_user_name,
                fold_name(&credential.service_user_name),
                password_hash,
                credential.status.as_str(),
                credential.created_at,
                credential.expires_at,
            ],
        )?;
        Ok(())
    }

    /// Whether a service knows anybody in the account by that name, without regard to case.
    pub fn has_name(&mut self, account: AccountId, service: &str, service_user_name: &str) -> Result<bool> {
        let found = self.sql.find(
            "select 1 from service_credentials
             where account_id = $1 and service = $2 and service_user_name_folded = $3",
            values![account, service, fold_name(service_user_name)],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// The credential of this id, where the user has it.
    pub fn find(&mut self, account: AccountId, user_id: &str, id: &str) -> Result<Option<ServiceCredential>> {
        self.sql.find(
            "select account_id, credential_id, user_id, service, service_user_name, status, created_at,
                    expires_at
             from service_credentials where account_id = $1 and user_id = $2 and credential_id = $3",
            values![account, user_id, id],
            service_credential,
        )
    }

    /// The hash of a credential's password, where the user has the credential.
    pub fn find_password_hash(
        &mut self,
        account: AccountId,
        user_id: &str,
        id: &str,
    ) -> Result<Option<Vec<u8>>> {
        self.sql.find(
            "select password_hash from service_credentials
             where account_id = $1 and user_id = $2 and credential_id = $3",
            values![account, user_id, id],
            |row| row.get(0),
        )
    }

    /// The credentials of a user, oldest first.
    pub fn list_by_user(&mut self, account: AccountId, user_id: &str) -> Result<Vec<ServiceCredential>> {
        self.sql.list(
            "select account_id, credential_id, user_id, service, service_user_name, status, created_at,
                    expires_at
             from service_credentials where account_id = $1 and user_id = $2
             order by created_at, credential_id",
            values![account, user_id],
            service_credential,
        )
    }

    /// At most `limit` credentials of all users, of one service or of all, by id from the one after `after_id`.
    pub fn list(
        &mut self,
        account: AccountId,
        service: Option<&str>,
        after_id: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ServiceCredential>> {
        self.sql.list(
            "select account_id, credential_id, user_id, service, service_user_name, status, created_at,
                    expires_at
             from service_credentials
             where account_id = $1 and (service = $2 or $2 = '') and credential_id > $3
             order by credential_id limit $4",
            values![account, service.unwrap_or_default(), after_id.unwrap_or_default(), limit],
            service_credential,
        )
    }

    /// Gives a credential another password; false where the user has no such credential.
    pub fn update_password(
        &mut self,
        account: AccountId,
        user_id: &str,
        id: &str,
        password_hash: &[u8],
    ) -> Result<bool> {
        let updated = self.sql.execute(
            "update service_credentials set password_hash = $1
             where account_id = $2 and user_id = $3 and credential_id = $4",
            values![password_hash, account, user_id, id],
        )?;
        Ok(updated > 0)
    }

    /// Makes a credential active or inactive; false where the user has no such credential.
    pub fn update_status(
        &mut self,
        account: AccountId,
        user_id: &str,
        id: &str,
        status: KeyStatus,
    ) -> Result<bool> {
        let updated = self.sql.execute(
            "update service_credentials set status = $1
             where account_id = $2 and user_id = $3 and credential_id = $4",
            values![status.as_str(), account, user_id, id],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a credential; false where the user has no such credential.
    pub fn delete(&mut self, account: AccountId, user_id: &str, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from service_credentials where account_id = $1 and user_id = $2 and credential_id = $3",
            values![account, user_id, id],
        )?;
        Ok(deleted > 0)
    }
}

fn service_credential(row: &Row<'_>) -> Result<ServiceCredential> {
    Ok(ServiceCredential {
        account: row.get(0)?,
        id: row.get(1)?,
        user_id: row.get(2)?,
        service: row.get(3)?,
        service_user_name: row.get(4)?,
        status: key_status(row.get(5)?)?,
        created_at: row.get(6)?,
        expires_at: row.get(7)?,
    })
}
