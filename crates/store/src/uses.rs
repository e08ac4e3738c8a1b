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

/// How many days back it is known how often a key was used.
pub const DAYS_KEPT: i64 = 90;

/// The uses of a key on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOfUse {
    /// The day, of UTC, counted from 1970.
    pub day: i64,
    /// Accepted uses.
    pub uses: i64,
}

/// A key that was used much on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyKey {
    /// The access key or certificate.
    pub key: String,
    /// Whose it is, where it is a user's access key.
    pub user_name: Option<String>,
    /// Accepted uses.
    pub uses: i64,
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
            self.add_to_day(one)?;
        }
        let today = gathered.iter().filter_map(|one| one.last_used_at).max().map(day_of);
        if let Some(today) = today {
            let first = today - DAYS_KEPT;
            self.sql.execute("delete from key_uses_by_day where day < $1", values![first])?;
        }
        Ok(())
    }

    /// What was gathered since the last flush counts for the day of the newest use.
    fn add_to_day(&mut self, one: &KeyUse) -> Result<()> {
        let Some(at) = one.last_used_at.filter(|_| one.uses > 0) else {
            return Ok(());
        };
        self.sql.execute(
            "insert into key_uses_by_day (account_id, access_key_id, day, uses) values ($1, $2, $3, $4)
             on conflict (access_key_id, day) do update set uses = key_uses_by_day.uses + excluded.uses",
            values![one.account, one.access_key_id, day_of(at), one.uses],
        )?;
        Ok(())
    }

    /// How often a key was used, by day, from `first` on; days without use are absent.
    pub fn list_days(
        &mut self,
        account: AccountId,
        key: impl Into<KeyId>,
        first: i64,
    ) -> Result<Vec<DayOfUse>> {
        let key: KeyId = key.into();
        self.sql.list(
            "select day, uses from key_uses_by_day
             where account_id = $1 and access_key_id = $2 and day >= $3 order by day",
            values![account, key, first],
            |row| Ok(DayOfUse { day: row.get(0)?, uses: row.get(1)? }),
        )
    }

    /// The keys of an account that were used most on a day, the busiest first.
    pub fn list_busiest(&mut self, account: AccountId, day: i64, limit: i64) -> Result<Vec<BusyKey>> {
        self.sql.list(
            "select d.access_key_id, u.user_name, d.uses
             from (select access_key_id, uses from key_uses_by_day
                   where account_id = $1 and day = $2 order by uses desc, access_key_id limit $3) d
             left join access_keys k on k.access_key_id = d.access_key_id and k.account_id = $1
             left join users u on u.user_id = k.owner_id and u.account_id = $1
             order by d.uses desc, d.access_key_id",
            values![account, day, limit],
            |row| Ok(BusyKey { key: row.get(0)?, user_name: row.get(1)?, uses: row.get(2)? }),
        )
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
            "delete from key_uses_by_day where account_id = $1 and access_key_id = $2",
            values![account, key],
        )?;
        self.sql.execute(
            "delete from key_uses where account_id = $1 and access_key_id = $2",
            values![account, key],
        )
    }
}

/// The day of an instant, of UTC, counted from 1970.
pub fn day_of(at: Timestamp) -> i64 {
    at.secs().div_euclid(SECONDS_A_DAY)
}

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// When a day began.
pub fn begin_of(day: i64) -> Timestamp {
    Timestamp::from_secs(day * SECONDS_A_DAY)
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
