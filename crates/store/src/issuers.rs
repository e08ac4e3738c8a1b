//! The issuers that accounts are to others, and the keys they sign with. Private keys are sealed.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The issuer of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Whose it is.
    pub account: AccountId,
    /// What ends its address.
    pub id: String,
    /// Whether it gives tokens.
    pub enabled: bool,
}

/// A key that an issuer signs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerKey {
    /// What names it in a token's header.
    pub id: String,
    /// `RS256` or `ES384`.
    pub algorithm: String,
    /// The JSON Web Key that others verify with.
    pub public_key: String,
    /// Of RSA as PKCS #1 has it, of a curve as PKCS #8 has it; sealed.
    pub private_key: Sealed,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The repository of issuers.
pub struct Issuers<'t> {
    sql: &'t mut dyn Sql,
}

/// Where the private key of an issuer is sealed for.
pub fn private_key_place(account: AccountId, key_id: &str) -> Place {
    Place {
        tenant: account,
        table: "issuer_keys",
        row: key_id.to_owned(),
        column: "private_key_sealed",
        version: 1,
    }
}

impl Tx<'_> {
    /// Issuers.
    pub fn issuers(&mut self) -> Issuers<'_> {
        Issuers { sql: self.sql() }
    }
}

impl Issuers<'_> {
    /// The issuer of an account, where it has had one.
    pub fn find(&mut self, account: AccountId) -> Result<Option<Issuer>> {
        self.sql.find(
            "select account_id, issuer_id, enabled from issuers where account_id = $1",
            values![account],
            issuer,
        )
    }

    /// The issuer at an address.
    pub fn find_by_id(&mut self, issuer_id: &str) -> Result<Option<Issuer>> {
        self.sql.find(
            "select account_id, issuer_id, enabled from issuers where issuer_id = $1",
            values![issuer_id],
            issuer,
        )
    }

    /// Makes the issuer of an account, with its keys.
    pub fn insert(&mut self, issuer: &Issuer, keys: &[IssuerKey]) -> Result<()> {
        self.sql.execute(
            "insert into issuers (account_id, issuer_id, enabled) values ($1, $2, $3)",
            values![issuer.account, &issuer.id, issuer.enabled],
        )?;
        for key in keys {
            self.sql.execute(
                "insert into issuer_keys
                     (account_id, key_id, algorithm, public_key, private_key_sealed, created_at)
                 values ($1, $2, $3, $4, $5, $6)",
                values![
                    issuer.account,
                    &key.id,
                    &key.algorithm,
                    &key.public_key,
                    key.private_key.as_bytes(),
                    key.created_at,
                ],
            )?;
        }
        Ok(())
    }

    /// Switches the issuer of an account on or off.
    pub fn update_enabled(&mut self, account: AccountId, enabled: bool) -> Result<()> {
        self.sql
            .execute("update issuers set enabled = $1 where account_id = $2", values![enabled, account])?;
        Ok(())
    }

    /// The keys of an account's issuer, by algorithm.
    pub fn list_keys(&mut self, account: AccountId) -> Result<Vec<IssuerKey>> {
        self.sql.list(
            "select key_id, algorithm, public_key, private_key_sealed, created_at from issuer_keys
             where account_id = $1 order by algorithm",
            values![account],
            |row| {
                Ok(IssuerKey {
                    id: row.get(0)?,
                    algorithm: row.get(1)?,
                    public_key: row.get(2)?,
                    private_key: Sealed::from_bytes(row.get(3)?),
                    created_at: row.get(4)?,
                })
            },
        )
    }
}

fn issuer(row: &Row<'_>) -> Result<Issuer> {
    Ok(Issuer { account: row.get(0)?, id: row.get(1)?, enabled: row.get(2)? })
}
