//! Providers of SAML assertions that accounts trust. Their private keys go in sealed and do not come out here.

use keystead_core::{AccountId, AssertionEncryption, SamlPrivateKey, SamlProvider};

use crate::counts::{Counted, Counts};
use crate::error::{Result, StoreError};
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of SAML providers.
pub struct SamlProviders<'t> {
    sql: &'t mut dyn Sql,
}

/// Where a private key of a provider is sealed for.
pub fn private_key_place(account: AccountId, key_id: &str) -> Place {
    Place {
        tenant: account,
        table: "saml_private_keys",
        row: key_id.to_owned(),
        column: "private_key_sealed",
        version: 1,
    }
}

impl Tx<'_> {
    /// SAML providers.
    pub fn saml_providers(&mut self) -> SamlProviders<'_> {
        SamlProviders { sql: self.sql() }
    }

    /// Holds the row of the provider of this name until the end of the transaction, so that what is read of it,
    /// its keys and its tags stays true.
    pub fn lock_saml_provider(&mut self, account: AccountId, name: &str) -> Result<()> {
        self.lock(
            "select provider_id from saml_providers where account_id = $1 and name = $2 for update",
            values![account, name],
        )
    }
}

impl SamlProviders<'_> {
    /// Adds a provider and tells how many the account has now; breaks `saml_providers_name_unique` where it has
    /// the name.
    pub fn insert(&mut self, provider: &SamlProvider) -> Result<u64> {
        self.sql.execute(
            "insert into saml_providers
                 (account_id, provider_id, name, metadata, encryption, valid_until, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                provider.account,
                &provider.id,
                &provider.name,
                &provider.metadata,
                provider.encryption.as_str(),
                provider.valid_until,
                provider.created_at,
            ],
        )?;
        Counts::new(self.sql).add(provider.account, Counted::SamlProviders, 1)
    }

    /// The provider of this name.
    pub fn find(&mut self, account: AccountId, name: &str) -> Result<Option<SamlProvider>> {
        self.sql.find(
            "select account_id, provider_id, name, metadata, encryption, valid_until, created_at
             from saml_providers where account_id = $1 and name = $2",
            values![account, name],
            provider,
        )
    }

    /// All providers of an account, by name.
    pub fn list(&mut self, account: AccountId) -> Result<Vec<SamlProvider>> {
        self.sql.list(
            "select account_id, provider_id, name, metadata, encryption, valid_until, created_at
             from saml_providers where account_id = $1 order by name",
            values![account],
            provider,
        )
    }

    /// Gives a provider other metadata and another rule of encryption.
    pub fn update(&mut self, provider: &SamlProvider) -> Result<()> {
        self.sql.execute(
            "update saml_providers set metadata = $1, encryption = $2, valid_until = $3
             where account_id = $4 and provider_id = $5",
            values![
                &provider.metadata,
                provider.encryption.as_str(),
                provider.valid_until,
                provider.account,
                &provider.id,
            ],
        )?;
        Ok(())
    }

    /// Deletes a provider with its private keys.
    pub fn delete(&mut self, provider: &SamlProvider) -> Result<()> {
        let (account, id) = (provider.account, &provider.id);
        self.sql.execute(
            "delete from saml_private_keys where account_id = $1 and provider_id = $2",
            values![account, id],
        )?;
        self.sql.execute(
            "delete from saml_providers where account_id = $1 and provider_id = $2",
            values![account, id],
        )?;
        Counts::new(self.sql).add(account, Counted::SamlProviders, -1)?;
        Ok(())
    }

    /// Adds a private key to a provider.
    pub fn insert_key(
        &mut self,
        provider: &SamlProvider,
        key: &SamlPrivateKey,
        sealed: &Sealed,
    ) -> Result<()> {
        self.sql.execute(
            "insert into saml_private_keys (account_id, provider_id, key_id, private_key_sealed, added_at)
             values ($1, $2, $3, $4, $5)",
            values![provider.account, &provider.id, &key.id, sealed.as_bytes(), key.added_at],
        )?;
        Ok(())
    }

    /// The private keys of a provider, oldest first.
    pub fn list_keys(&mut self, provider: &SamlProvider) -> Result<Vec<SamlPrivateKey>> {
        self.sql.list(
            "select key_id, added_at from saml_private_keys
             where account_id = $1 and provider_id = $2 order by added_at, key_id",
            values![provider.account, &provider.id],
            |row| Ok(SamlPrivateKey { id: row.get(0)?, added_at: row.get(1)? }),
        )
    }

    /// Takes a private key off a provider; false where it has none of that id.
    pub fn delete_key(&mut self, provider: &SamlProvider, key_id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from saml_private_keys where account_id = $1 and provider_id = $2 and key_id = $3",
            values![provider.account, &provider.id, key_id],
        )?;
        Ok(deleted > 0)
    }
}

fn provider(row: &Row<'_>) -> Result<SamlProvider> {
    let encryption: &str = row.get(4)?;
    Ok(SamlProvider {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        metadata: row.get(3)?,
        encryption: AssertionEncryption::parse(encryption)
            .ok_or_else(|| StoreError::Corrupt(format!("a rule of encryption: {encryption}")))?,
        valid_until: row.get(5)?,
        created_at: row.get(6)?,
    })
}
