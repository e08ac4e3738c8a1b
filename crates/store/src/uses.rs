//! Who used which key, where and when: the evidence that a rotation moves on.

use std::time::Duration;

use keystead_core::{AccountId, KeyId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of key uses.
pub struct Uses<'t> {
    sql: &'t mut dyn Sql,
}

/// The uses of one key by one consumer: what was gathered since the last flush on the way in, the whole
/// on the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The account of the key.
    pub account: AccountId,
    /// The access key or certificate.
    pub access_key_id: KeyId,
    /// What tells consumers apart, in one text.
    pub consumer_key: String,
    /// Who asked; none is this authority itself.
    pub verifier_id: Option<String>,
    /// The caller's address, if a trusted verifier passed it on.
    pub source_address: Option<String>,
    /// Service of the credential scope.
    pub service: Option<String>,
    /// Region of the credential scope.
    pub region: Option<String>,
    /// The application id that an SDK sends.
    pub app_id: Option<String>,
    /// The newest user agent.
    pub user_agent: Option<String>,
    /// First accepted use.
    pub first_used_at: Option<Timestamp>,
    /// Newest accepted use.
    pub last_used_at: Option<Timestamp>,
    /// Accepted uses.
    pub uses: i64,
    /// Newest use that was right but refused.
    pub refused_at: Option<Timestamp>,
    /// Uses that were right but refused.
    pub refusals: i64,
    /// The longest time between two uses.
    pub slowest_interval: Option<Duration>,
}

impl Tx<'_> {
    /// Uses of keys.
    pub fn uses(&mut self) -> Uses<'_> {
        Uses { sql: self.sql() }
    }
}

impl Uses<'_> {
    /// Adds what was gathered since the last flush. Counts are added; a time only ever moves forward,
    /// because flushes of several nodes come in any order.
    pub fn add(&mut self, gathered: &[KeyUse]) -> Result<()> {
        for one in gathered {
            self.add_one(one)?;
        }
        Ok(())
    }

    fn add_one(&mut self, one: &KeyUse) -> Result<()> {
        self.sql.execute(
            "insert into key_uses
                 (account_id, access_key_id, consumer_key, verifier_id, source_address, service, region,
                  app_id, user_agent, first_used_at, last_used_at, uses, refused_at, refusals,
                  slowest_interval)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict (access_key_id, consumer_key) do update set
                 user_agent = coalesce(excluded.user_agent, key_uses.user_agent),
                 first_used_at = case
                     when excluded.first_used_at < key_uses.first_used_at then excluded.first_used_at
                     else coalesce(key_uses.first_used_at, excluded.first_used_at) end,
                 last_used_at = case
                     when excluded.last_used_at > key_uses.last_used_at then excluded.last_used_at
                     else coalesce(key_uses.last_used_at, excluded.last_used_at) end,
                 uses = key_uses.uses + excluded.uses,
                 refused_at = case
                     when excluded.refused_at > key_uses.refused_at then excluded.refused_at
                     else coalesce(key_uses.refused_at, excluded.refused_at) end,
                 refusals = key_uses.refusals + excluded.refusals,
                 slowest_interval = case
                     when excluded.first_used_at - key_uses.last_used_at
                          > coalesce(excluded.slowest_interval, key_uses.slowest_interval, 0)
                     then excluded.first_used_at - key_uses.last_used_at
                     when excluded.slowest_interval > key_uses.slowest_interval then excluded.slowest_interval
                     else coalesce(key_uses.slowest_interval, excluded.slowest_interval) end",
            values![
                one.account,
                one.access_key_id,
                &one.consumer_key,
                one.verifier_id.as_deref(),
                one.source_address.as_deref(),
                one.service.as_deref(),
                one.region.as_deref(),
                one.app_id.as_deref(),
                one.user_agent.as_deref(),
                one.first_used_at,
                one.last_used_at,
                one.uses,
                one.refused_at,
                one.refusals,
                one.slowest_interval.map(|interval| i64::try_from(interval.as_micros()).unwrap_or(i64::MAX)),
            ],
        )?;
        Ok(())
    }

    /// The uses of a key, one record per consumer, in order of what tells them apart.
    pub fn list_by_key(&mut self, account: AccountId, key: impl Into<KeyId>) -> Result<Vec<KeyUse>> {
        let key: KeyId = key.into();
        self.sql.list(
            "select account_id, access_key_id, consumer_key, verifier_id, source_address, service, region,
                    app_id, user_agent, first_used_at, last_used_at, uses, refused_at, refusals,
                    slowest_interval
             from key_uses where account_id = $1 and access_key_id = $2 order by consumer_key",
            values![account, key],
            key_use,
        )
    }

    /// Forgets the uses of a key.
    pub fn delete_by_key(&mut self, account: AccountId, key: impl Into<KeyId>) -> Result<u64> {
        let key: KeyId = key.into();
        self.sql.execute(
            "delete from key_uses where account_id = $1 and access_key_id = $2",
            values![account, key],
        )
    }
}

fn key_use(row: &Row<'_>) -> Result<KeyUse> {
    Ok(KeyUse {
        account: row.get(0)?,
        access_key_id: row.get(1)?,
        consumer_key: row.get(2)?,
        verifier_id: row.get(3)?,
        source_address: row.get(4)?,
        service: row.get(5)?,
        region: row.get(6)?,
        app_id: row.get(7)?,
        user_agent: row.get(8)?,
        first_used_at: row.get(9)?,
        last_used_at: row.get(10)?,
        uses: row.get(11)?,
        refused_at: row.get(12)?,
        refusals: row.get(13)?,
        slowest_interval: row
            .get::<Option<i64>>(14)?
            .map(|micros| Duration::from_micros(micros.unsigned_abs())),
    })
}
