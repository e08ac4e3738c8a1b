//! Issuers of OpenID Connect tokens that accounts trust. Their short lists lie in their row, so a change of one
//! is a change of the row, which whoever makes it has locked.

use keystead_core::{AccountId, OidcProvider};
use serde_json::json;

use crate::counts::{Counted, Counts};
use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of OpenID Connect providers.
pub struct OidcProviders<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// OpenID Connect providers.
    pub fn oidc_providers(&mut self) -> OidcProviders<'_> {
        OidcProviders { sql: self.sql() }
    }

    /// Holds the row of a provider until the end of the transaction, so that what is read of it and of its tags
    /// stays true.
    pub fn lock_oidc_provider(&mut self, account: AccountId, url: &str) -> Result<()> {
        self.lock(
            "select url from oidc_providers where account_id = $1 and url = $2 for update",
            values![account, url],
        )
    }
}

impl OidcProviders<'_> {
    /// Adds a provider and tells how many the account has now; breaks `oidc_providers_pkey` where it has the
    /// address.
    pub fn insert(&mut self, provider: &OidcProvider) -> Result<u64> {
        self.sql.execute(
            "insert into oidc_providers (account_id, url, client_ids, thumbprints, created_at)
             values ($1, $2, $3, $4, $5)",
            values![
                provider.account,
                &provider.url,
                json!(provider.client_ids).to_string(),
                json!(provider.thumbprints).to_string(),
                provider.created_at,
            ],
        )?;
        Counts::new(self.sql).add(provider.account, Counted::OidcProviders, 1)
    }

    /// The provider at this address.
    pub fn find(&mut self, account: AccountId, url: &str) -> Result<Option<OidcProvider>> {
        self.sql.find(
            "select account_id, url, client_ids, thumbprints, created_at from oidc_providers
             where account_id = $1 and url = $2",
            values![account, url],
            provider,
        )
    }

    /// All providers of an account, by address.
    pub fn list(&mut self, account: AccountId) -> Result<Vec<OidcProvider>> {
        self.sql.list(
            "select account_id, url, client_ids, thumbprints, created_at from oidc_providers
             where account_id = $1 order by url",
            values![account],
            provider,
        )
    }

    /// Gives a provider other lists.
    pub fn update(&mut self, provider: &OidcProvider) -> Result<()> {
        self.sql.execute(
            "update oidc_providers set client_ids = $1, thumbprints = $2 where account_id = $3 and url = $4",
            values![
                json!(provider.client_ids).to_string(),
                json!(provider.thumbprints).to_string(),
                provider.account,
                &provider.url,
            ],
        )?;
        Ok(())
    }

    /// Deletes a provider with its pinned keys; false where there is none.
    pub fn delete(&mut self, account: AccountId, url: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from oidc_providers where account_id = $1 and url = $2",
            values![account, url],
        )?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::OidcProviders, -1)?;
        }
        Ok(deleted > 0)
    }

    /// Pins the key set of a provider, or lets it be fetched again; false where there is no such provider.
    pub fn pin_keys(&mut self, account: AccountId, url: &str, keys: Option<&str>) -> Result<bool> {
        let pinned = self.sql.execute(
            "update oidc_providers set pinned_keys = $1 where account_id = $2 and url = $3",
            values![keys, account, url],
        )?;
        Ok(pinned > 0)
    }

    /// The pinned key set of a provider, where it has one.
    pub fn find_pinned_keys(&mut self, account: AccountId, url: &str) -> Result<Option<String>> {
        let found: Option<Option<String>> = self.sql.find(
            "select pinned_keys from oidc_providers where account_id = $1 and url = $2",
            values![account, url],
            |row| row.get(0),
        )?;
        Ok(found.flatten())
    }
}

fn provider(row: &Row<'_>) -> Result<OidcProvider> {
    Ok(OidcProvider {
        account: row.get(0)?,
        url: row.get(1)?,
        client_ids: texts(row.get(2)?)?,
        thumbprints: texts(row.get(3)?)?,
        created_at: row.get(4)?,
    })
}

fn texts(json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(format!("a list of texts: {error}")))
}
