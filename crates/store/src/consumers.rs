//! Consumers of managed credentials, and the leases they hold on keys.

use keystead_core::{AccountId, KeyId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of consumers and leases.
pub struct Consumers<'t> {
    sql: &'t mut dyn Sql,
}

/// An application that uses a managed credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// The credential it uses.
    pub credential_id: String,
    /// A name for people, unique in the credential.
    pub name: String,
    /// How it gets its key.
    pub kind: String,
    /// The application id it is seen with.
    pub app_id: Option<String>,
    /// Whether a rotation waits for it.
    pub required: bool,
    /// The hash of the token it fetches its key with.
    pub token_hash: Option<Vec<u8>>,
    /// The key it is given from now on.
    pub serving_access_key_id: KeyId,
    /// The key it has said it uses.
    pub applied_access_key_id: Option<KeyId>,
    /// When it said so.
    pub applied_at: Option<Timestamp>,
    /// When it was enrolled.
    pub created_at: Timestamp,
}

/// How long a consumer may go on using a key it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The consumer.
    pub consumer_id: String,
    /// The key.
    pub access_key_id: KeyId,
    /// When it was last given out.
    pub issued_at: Timestamp,
    /// The latest end that was ever promised.
    pub expires_at: Timestamp,
}

impl Tx<'_> {
    /// Consumers and leases.
    pub fn consumers(&mut self) -> Consumers<'_> {
        Consumers { sql: self.sql() }
    }
}

impl Consumers<'_> {
    /// Enrols a consumer; breaks `consumers_name_unique` where the credential has one of this name.
    pub fn insert(&mut self, consumer: &Consumer) -> Result<()> {
        self.sql.execute(
            "insert into consumers
                 (account_id, consumer_id, credential_id, name, kind, app_id, required, token_hash,
                  serving_access_key_id, applied_access_key_id, applied_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            values![
                consumer.account,
                &consumer.id,
                &consumer.credential_id,
                &consumer.name,
                &consumer.kind,
                consumer.app_id.as_deref(),
                consumer.required,
                consumer.token_hash.as_deref(),
                consumer.serving_access_key_id,
                consumer.applied_access_key_id,
                consumer.applied_at,
                consumer.created_at,
            ],
        )?;
        Ok(())
    }

    /// The consumer of this id.
    pub fn find(&mut self, account: AccountId, id: &str) -> Result<Option<Consumer>> {
        self.sql.find(
            "select account_id, consumer_id, credential_id, name, kind, app_id, required, token_hash,
                    serving_access_key_id, applied_access_key_id, applied_at, created_at
             from consumers where account_id = $1 and consumer_id = $2",
            values![account, id],
            consumer,
        )
    }

    /// The consumer of this name.
    pub fn find_by_name(
        &mut self,
        account: AccountId,
        credential_id: &str,
        name: &str,
    ) -> Result<Option<Consumer>> {
        self.sql.find(
            "select account_id, consumer_id, credential_id, name, kind, app_id, required, token_hash,
                    serving_access_key_id, applied_access_key_id, applied_at, created_at
             from consumers where account_id = $1 and credential_id = $2 and name = $3",
            values![account, credential_id, name],
            consumer,
        )
    }

    /// The consumer whose token has this hash, in whatever account: the token is all it shows.
    pub fn find_by_token_hash(&mut self, token_hash: &[u8]) -> Result<Option<Consumer>> {
        self.sql.find(
            "select account_id, consumer_id, credential_id, name, kind, app_id, required, token_hash,
                    serving_access_key_id, applied_access_key_id, applied_at, created_at
             from consumers where token_hash = $1",
            values![token_hash],
            consumer,
        )
    }

    /// At most `limit` consumers of a credential by name, from the one after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        credential_id: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Consumer>> {
        self.sql.list(
            "select account_id, consumer_id, credential_id, name, kind, app_id, required, token_hash,
                    serving_access_key_id, applied_access_key_id, applied_at, created_at
             from consumers where account_id = $1 and credential_id = $2 and name > $3
             order by name limit $4",
            values![account, credential_id, after_name.unwrap_or_default(), limit],
            consumer,
        )
    }

    /// Changes everything of a consumer but its id, credential and beginning; false where there is none.
    pub fn update(&mut self, consumer: &Consumer) -> Result<bool> {
        let updated = self.sql.execute(
            "update consumers set
                 name = $1, kind = $2, app_id = $3, required = $4, token_hash = $5,
                 serving_access_key_id = $6, applied_access_key_id = $7, applied_at = $8
             where account_id = $9 and consumer_id = $10",
            values![
                &consumer.name,
                &consumer.kind,
                consumer.app_id.as_deref(),
                consumer.required,
                consumer.token_hash.as_deref(),
                consumer.serving_access_key_id,
                consumer.applied_access_key_id,
                consumer.applied_at,
                consumer.account,
                &consumer.id,
            ],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a consumer with its leases; false where there is none.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from consumers where account_id = $1 and consumer_id = $2",
            values![account, id],
        )?;
        Ok(deleted > 0)
    }

    /// Enters that a key was given out. An end that was promised before is never taken back.
    pub fn extend_lease(&mut self, account: AccountId, lease: &Lease) -> Result<()> {
        self.sql.execute(
            "insert into leases (account_id, consumer_id, access_key_id, issued_at, expires_at)
             values ($1, $2, $3, $4, $5)
             on conflict (consumer_id, access_key_id) do update set
                 issued_at = excluded.issued_at,
                 expires_at = case
                     when excluded.expires_at > leases.expires_at then excluded.expires_at
                     else leases.expires_at end",
            values![account, &lease.consumer_id, lease.access_key_id, lease.issued_at, lease.expires_at],
        )?;
        Ok(())
    }

    /// The leases on a key, latest end first.
    pub fn list_leases(&mut self, account: AccountId, key: KeyId) -> Result<Vec<Lease>> {
        self.sql.list(
            "select consumer_id, access_key_id, issued_at, expires_at from leases
             where account_id = $1 and access_key_id = $2 order by expires_at desc, consumer_id",
            values![account, key],
            |row| {
                Ok(Lease {
                    consumer_id: row.get(0)?,
                    access_key_id: row.get(1)?,
                    issued_at: row.get(2)?,
                    expires_at: row.get(3)?,
                })
            },
        )
    }

    /// Forgets the leases on a key that is gone.
    pub fn delete_leases(&mut self, account: AccountId, key: KeyId) -> Result<u64> {
        self.sql
            .execute("delete from leases where account_id = $1 and access_key_id = $2", values![account, key])
    }
}

fn consumer(row: &Row<'_>) -> Result<Consumer> {
    Ok(Consumer {
        account: row.get(0)?,
        id: row.get(1)?,
        credential_id: row.get(2)?,
        name: row.get(3)?,
        kind: row.get(4)?,
        app_id: row.get(5)?,
        required: row.get(6)?,
        token_hash: row.get(7)?,
        serving_access_key_id: row.get(8)?,
        applied_access_key_id: row.get(9)?,
        applied_at: row.get(10)?,
        created_at: row.get(11)?,
    })
}
