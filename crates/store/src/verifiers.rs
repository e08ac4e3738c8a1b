//! Services that may ask whether a request is right.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of verifiers.
pub struct Verifiers<'t> {
    sql: &'t mut dyn Sql,
}

/// A service that may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    /// The account that runs it.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// A name for people, unique in the account.
    pub name: String,
    /// The hash of the token it shows.
    pub token_hash: Vec<u8>,
    /// The accounts it may ask about.
    pub accounts: Vec<String>,
    /// The services it may ask for.
    pub services: Vec<String>,
    /// The hosts it may ask for.
    pub hosts: Vec<String>,
    /// Whether the caller's address that it passes on is believed.
    pub trusts_forwarded: bool,
    /// Whether it is believed which certificate its client proved to have.
    pub trusts_certificates: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Tx<'_> {
    /// Verifiers.
    pub fn verifiers(&mut self) -> Verifiers<'_> {
        Verifiers { sql: self.sql() }
    }
}

impl Verifiers<'_> {
    /// Adds a verifier; breaks `verifiers_name_unique` where the account has the name.
    pub fn insert(&mut self, verifier: &Verifier) -> Result<()> {
        self.sql.execute(
            "insert into verifiers
                 (account_id, verifier_id, name, token_hash, accounts, services, hosts,
                  trusts_forwarded, trusts_certificates, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                verifier.account,
                &verifier.id,
                &verifier.name,
                verifier.token_hash.as_slice(),
                list_to_json(&verifier.accounts),
                list_to_json(&verifier.services),
                list_to_json(&verifier.hosts),
                verifier.trusts_forwarded,
                verifier.trusts_certificates,
                verifier.created_at,
            ],
        )?;
        Ok(())
    }

    /// At most `limit` verifiers of an account by name, from the one after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Verifier>> {
        self.sql.list(
            "select account_id, verifier_id, name, token_hash, accounts, services, hosts,
                    trusts_forwarded, trusts_certificates, created_at
             from verifiers where account_id = $1 and name > $2 order by name limit $3",
            values![account, after_name.unwrap_or_default(), limit],
            verifier,
        )
    }

    /// The verifier of this id in whatever account, for memory.
    pub fn find_for_ring(&mut self, id: &str) -> Result<Option<Verifier>> {
        self.sql.find(
            "select account_id, verifier_id, name, token_hash, accounts, services, hosts,
                    trusts_forwarded, trusts_certificates, created_at
             from verifiers where verifier_id = $1",
            values![id],
            verifier,
        )
    }

    /// Every verifier of the installation, for memory.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(Verifier) -> Result<()>) -> Result<()> {
        self.sql.each(
            "select account_id, verifier_id, name, token_hash, accounts, services, hosts,
                    trusts_forwarded, trusts_certificates, created_at
             from verifiers",
            &[],
            &mut |row| visit(verifier(row)?),
        )
    }

    /// Deletes a verifier; false where the account has none of this id.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from verifiers where account_id = $1 and verifier_id = $2",
            values![account, id],
        )?;
        Ok(deleted > 0)
    }
}

fn verifier(row: &Row<'_>) -> Result<Verifier> {
    Ok(Verifier {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        token_hash: row.get(3)?,
        accounts: list_from_json(row.get(4)?)?,
        services: list_from_json(row.get(5)?)?,
        hosts: list_from_json(row.get(6)?)?,
        trusts_forwarded: row.get(7)?,
        trusts_certificates: row.get(8)?,
        created_at: row.get(9)?,
    })
}

fn list_to_json(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

fn list_from_json(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("a list of a verifier: {error}")))
}
