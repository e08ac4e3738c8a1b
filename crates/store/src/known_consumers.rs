//! Users of managed credentials that were never enrolled, but that somebody named or exempted.

use std::time::Duration;

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of known consumers and exemptions.
pub struct KnownConsumers<'t> {
    sql: &'t mut dyn Sql,
}

/// What a use looks like that belongs to a consumer; what is none may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownConsumer {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// What it uses.
    pub credential_id: String,
    /// Where it asks from.
    pub source_address: Option<String>,
    /// For which service.
    pub service: Option<String>,
    /// With which application id.
    pub app_id: Option<String>,
    /// What it is called.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The ARN of who said so.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// A consumer whose use of a key that leaves does not count for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// Whose it is.
    pub account: AccountId,
    /// What it uses.
    pub credential_id: String,
    /// Its name, or what it is seen as.
    pub consumer: String,
    /// Why it may be interrupted.
    pub reason: String,
    /// Until when.
    pub until: Timestamp,
    /// The ARN of who decided it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

impl Tx<'_> {
    /// Known consumers, exemptions, and how often consumers run.
    pub fn known_consumers(&mut self) -> KnownConsumers<'_> {
        KnownConsumers { sql: self.sql() }
    }
}

impl KnownConsumers<'_> {
    /// Adds one.
    pub fn insert(&mut self, known: &KnownConsumer) -> Result<()> {
        self.sql.execute(
            "insert into known_consumers
                 (account_id, known_id, credential_id, source_address, service, app_id, name, owner,
                  created_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                known.account,
                &known.id,
                &known.credential_id,
                known.source_address.as_deref(),
                known.service.as_deref(),
                known.app_id.as_deref(),
                &known.name,
                known.owner.as_deref(),
                &known.created_by,
                known.created_at,
            ],
        )?;
        Ok(())
    }

    /// The known consumers of a credential, the newest first.
    pub fn list(&mut self, account: AccountId, credential_id: &str) -> Result<Vec<KnownConsumer>> {
        self.sql.list(
            "select account_id, known_id, credential_id, source_address, service, app_id, name, owner,
                    created_by, created_at
             from known_consumers where account_id = $1 and credential_id = $2
             order by created_at desc, known_id",
            values![account, credential_id],
            known_consumer,
        )
    }

    /// Forgets what looks exactly like this, because it is said anew.
    pub fn delete_same(&mut self, known: &KnownConsumer) -> Result<u64> {
        self.sql.execute(
            "delete from known_consumers
             where account_id = $1 and credential_id = $2 and coalesce(source_address, '') = $3
               and coalesce(service, '') = $4 and coalesce(app_id, '') = $5",
            values![
                known.account,
                &known.credential_id,
                known.source_address.as_deref().unwrap_or_default(),
                known.service.as_deref().unwrap_or_default(),
                known.app_id.as_deref().unwrap_or_default(),
            ],
        )
    }

    /// Exempts a consumer, in the place of an exemption it has.
    pub fn put_exemption(&mut self, exemption: &Exemption) -> Result<()> {
        self.sql.execute(
            "insert into consumer_exemptions
                 (account_id, credential_id, consumer, reason, until_at, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (credential_id, consumer) do update set
                 reason = excluded.reason, until_at = excluded.until_at, created_by = excluded.created_by,
                 created_at = excluded.created_at",
            values![
                exemption.account,
                &exemption.credential_id,
                &exemption.consumer,
                &exemption.reason,
                exemption.until,
                &exemption.created_by,
                exemption.created_at,
            ],
        )?;
        Ok(())
    }

    /// The exemptions of a credential that are in force at `now`, by consumer.
    pub fn list_exemptions(
        &mut self,
        account: AccountId,
        credential_id: &str,
        now: Timestamp,
    ) -> Result<Vec<Exemption>> {
        self.sql.list(
            "select account_id, credential_id, consumer, reason, until_at, created_by, created_at
             from consumer_exemptions where account_id = $1 and credential_id = $2 and until_at > $3
             order by consumer",
            values![account, credential_id, now],
            exemption,
        )
    }

    /// Says how often a consumer runs.
    pub fn set_batch_interval(
        &mut self,
        account: AccountId,
        consumer_id: &str,
        every: Option<Duration>,
    ) -> Result<()> {
        let micros = every.map(|every| i64::try_from(every.as_micros()).unwrap_or(i64::MAX));
        self.sql.execute(
            "update consumers set batch_interval = $1 where account_id = $2 and consumer_id = $3",
            values![micros, account, consumer_id],
        )?;
        Ok(())
    }

    /// How often the consumers of a credential run, by their ids, where somebody said so.
    pub fn list_batch_intervals(
        &mut self,
        account: AccountId,
        credential_id: &str,
    ) -> Result<Vec<(String, Duration)>> {
        self.sql.list(
            "select consumer_id, batch_interval from consumers
             where account_id = $1 and credential_id = $2 and batch_interval is not null
             order by consumer_id",
            values![account, credential_id],
            |row| Ok((row.get(0)?, Duration::from_micros(row.get::<i64>(1)?.unsigned_abs()))),
        )
    }
}

fn known_consumer(row: &Row<'_>) -> Result<KnownConsumer> {
    Ok(KnownConsumer {
        account: row.get(0)?,
        id: row.get(1)?,
        credential_id: row.get(2)?,
        source_address: row.get(3)?,
        service: row.get(4)?,
        app_id: row.get(5)?,
        name: row.get(6)?,
        owner: row.get(7)?,
        created_by: row.get(8)?,
        created_at: row.get(9)?,
    })
}

fn exemption(row: &Row<'_>) -> Result<Exemption> {
    Ok(Exemption {
        account: row.get(0)?,
        credential_id: row.get(1)?,
        consumer: row.get(2)?,
        reason: row.get(3)?,
        until: row.get(4)?,
        created_by: row.get(5)?,
        created_at: row.get(6)?,
    })
}
