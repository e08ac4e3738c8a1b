//! Credentials of connected accounts that others took the place of: they are kept for a way back, until they are
//! proved unused. And when connected accounts are to be probed.

use keystead_core::{AccountId, Timestamp};

use crate::cloud_accounts::{CloudAccount, CloudAccounts, CloudCredentials, cloud_account, credentials};
use crate::error::Result;
use crate::value::values;

impl CloudAccounts<'_> {
    /// Says that others took the place of a version.
    pub fn replace_credentials(
        &mut self,
        account: AccountId,
        id: &str,
        version: i64,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "update cloud_credentials set replaced_at = $1
             where account_id = $2 and cloud_account_id = $3 and version = $4",
            values![now, account, id, version],
        )?;
        Ok(())
    }

    /// The newest version before the one in use.
    pub fn find_former(
        &mut self,
        account: AccountId,
        id: &str,
        version: i64,
    ) -> Result<Option<CloudCredentials>> {
        self.sql.find(
            "select cloud_account_id, version, kind, access_key_id, secret_sealed, role_arn, certificate,
                    private_key_sealed, principal_arn, created_by, created_at, replaced_at
             from cloud_credentials where account_id = $1 and cloud_account_id = $2 and version < $3
             order by version desc limit 1",
            values![account, id, version],
            credentials,
        )
    }

    /// All versions that are kept, oldest first, the one in use among them.
    pub fn list_credentials(&mut self, account: AccountId, id: &str) -> Result<Vec<CloudCredentials>> {
        self.sql.list(
            "select cloud_account_id, version, kind, access_key_id, secret_sealed, role_arn, certificate,
                    private_key_sealed, principal_arn, created_by, created_at, replaced_at
             from cloud_credentials where account_id = $1 and cloud_account_id = $2 order by version",
            values![account, id],
            credentials,
        )
    }

    /// At most `limit` versions, of any account, that others took the place of and that are to be asked after.
    pub fn list_former_due(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(AccountId, CloudCredentials)>> {
        self.sql.list(
            "select cloud_account_id, version, kind, access_key_id, secret_sealed, role_arn, certificate,
                    private_key_sealed, principal_arn, created_by, created_at, replaced_at, account_id
             from cloud_credentials where replaced_at is not null and coalesce(check_at, 0) <= $1
             order by coalesce(check_at, 0), cloud_account_id, version limit $2",
            values![now, limit],
            |row| Ok((row.get(12)?, credentials(row)?)),
        )
    }

    /// Says when a version is to be asked after next.
    pub fn set_check_at(&mut self, account: AccountId, id: &str, version: i64, at: Timestamp) -> Result<()> {
        self.sql.execute(
            "update cloud_credentials set check_at = $1
             where account_id = $2 and cloud_account_id = $3 and version = $4",
            values![at, account, id, version],
        )?;
        Ok(())
    }

    /// Forgets a version that others took the place of; false where there is none such.
    pub fn delete_former(&mut self, account: AccountId, id: &str, version: i64) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from cloud_credentials
             where account_id = $1 and cloud_account_id = $2 and version = $3 and replaced_at is not null",
            values![account, id, version],
        )?;
        Ok(deleted > 0)
    }

    /// At most `limit` connected accounts, of any account, that are to be probed.
    pub fn list_probe_due(&mut self, now: Timestamp, limit: i64) -> Result<Vec<CloudAccount>> {
        self.sql.list(
            "select account_id, cloud_account_id, name, provider, endpoint, number, kind, version,
                    principal_arn, external_id, connected_by, created_at, updated_at
             from cloud_accounts where coalesce(probe_at, 0) <= $1
             order by coalesce(probe_at, 0), cloud_account_id limit $2",
            values![now, limit],
            cloud_account,
        )
    }

    /// Says when a connected account is to be probed next.
    pub fn set_probe_at(&mut self, account: AccountId, id: &str, at: Timestamp) -> Result<()> {
        self.sql.execute(
            "update cloud_accounts set probe_at = $1 where account_id = $2 and cloud_account_id = $3",
            values![at, account, id],
        )?;
        Ok(())
    }

    /// When somebody last asked for an invitation.
    pub fn find_invitation_request(
        &mut self,
        account: AccountId,
        requested_by: &str,
    ) -> Result<Option<Timestamp>> {
        self.sql.find(
            "select requested_at from cloud_invitation_requests where account_id = $1 and requested_by = $2",
            values![account, requested_by],
            |row| row.get(0),
        )
    }

    /// Says that somebody asked for an invitation.
    pub fn put_invitation_request(
        &mut self,
        account: AccountId,
        requested_by: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "insert into cloud_invitation_requests (account_id, requested_by, requested_at) values ($1, $2, $3)
             on conflict (account_id, requested_by) do update set requested_at = $3",
            values![account, requested_by, now],
        )?;
        Ok(())
    }
}
