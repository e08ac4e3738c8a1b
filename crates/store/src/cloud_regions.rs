//! The regions of connected accounts with their two lamps, the changes of these, and the alerts that rest on them.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// What a lamp shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lamp {
    /// It was asked and is right.
    Green,
    /// It was asked and is wrong.
    Red,
    /// It could not be asked.
    #[default]
    Unknown,
}

impl Lamp {
    /// The word in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Red => "red",
            Self::Unknown => "unknown",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        match word {
            "green" => Ok(Self::Green),
            "red" => Ok(Self::Red),
            "unknown" => Ok(Self::Unknown),
            _ => Err(StoreError::Corrupt(format!("`{word}` is no colour of a lamp"))),
        }
    }
}

/// The two lamps of a region, and what stands behind one that is not green.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lamps {
    /// Whether the API server answers.
    pub controller: Lamp,
    /// Whether an authenticated request succeeds.
    pub credentials: Lamp,
    /// What was seen.
    pub reason: Option<String>,
}

/// A region of a connected account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudRegion {
    /// The account here.
    pub account: AccountId,
    /// The connected account.
    pub cloud_account_id: String,
    /// Its name.
    pub name: String,
    /// Whether the account has opted in, where that is needed.
    pub enabled: bool,
    /// Its lamps.
    pub lamps: Lamps,
    /// How often in a row one was not green.
    pub failures: i64,
    /// When they were last looked after.
    pub checked_at: Option<Timestamp>,
    /// When they are to be looked after next.
    pub due_at: Timestamp,
}

/// A change of the lamps of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LampChange {
    /// When.
    pub at: Timestamp,
    /// In which region.
    pub region: String,
    /// What they showed from then on.
    pub lamps: Lamps,
}

/// Credentials that fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudAlert {
    /// What was seen.
    pub reason: String,
    /// Since when.
    pub began_at: Timestamp,
}

/// The repository of the regions of connected accounts.
pub struct CloudRegions<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Regions of connected accounts.
    pub fn cloud_regions(&mut self) -> CloudRegions<'_> {
        CloudRegions { sql: self.sql() }
    }
}

impl CloudRegions<'_> {
    /// Puts a region in, due at once, or says anew whether it is enabled.
    pub fn put(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        name: &str,
        enabled: bool,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "insert into cloud_regions
                 (account_id, cloud_account_id, region, enabled, controller, credentials, failures, due_at)
             values ($1, $2, $3, $4, 'unknown', 'unknown', 0, $5)
             on conflict (cloud_account_id, region) do update set enabled = $4",
            values![account, cloud_account_id, name, enabled, now],
        )?;
        Ok(())
    }

    /// Deletes a region that the cloud no longer has.
    pub fn delete(&mut self, account: AccountId, cloud_account_id: &str, name: &str) -> Result<()> {
        self.sql.execute(
            "delete from cloud_regions where account_id = $1 and cloud_account_id = $2 and region = $3",
            values![account, cloud_account_id, name],
        )?;
        Ok(())
    }

    /// The regions of a connected account, by name.
    pub fn list(&mut self, account: AccountId, cloud_account_id: &str) -> Result<Vec<CloudRegion>> {
        self.sql.list(
            "select account_id, cloud_account_id, region, enabled, controller, credentials, reason, failures,
                    checked_at, due_at
             from cloud_regions where account_id = $1 and cloud_account_id = $2 order by region",
            values![account, cloud_account_id],
            region,
        )
    }

    /// At most `limit` regions, of any account, whose lamps are to be looked after.
    pub fn list_due(&mut self, now: Timestamp, limit: i64) -> Result<Vec<CloudRegion>> {
        self.sql.list(
            "select account_id, cloud_account_id, region, enabled, controller, credentials, reason, failures,
                    checked_at, due_at
             from cloud_regions where enabled = 1 and due_at <= $1
             order by due_at, cloud_account_id, region limit $2",
            values![now, limit],
            region,
        )
    }

    /// Says what the lamps show, and when to look again.
    pub fn update_lamps(&mut self, region: &CloudRegion) -> Result<()> {
        self.sql.execute(
            "update cloud_regions
             set controller = $1, credentials = $2, reason = $3, failures = $4, checked_at = $5, due_at = $6
             where account_id = $7 and cloud_account_id = $8 and region = $9",
            values![
                region.lamps.controller.as_str(),
                region.lamps.credentials.as_str(),
                region.lamps.reason.as_deref(),
                region.failures,
                region.checked_at,
                region.due_at,
                region.account,
                &region.cloud_account_id,
                &region.name,
            ],
        )?;
        Ok(())
    }

    /// Has the lamps of all regions of a connected account looked after at once.
    pub fn hasten(&mut self, account: AccountId, cloud_account_id: &str, now: Timestamp) -> Result<()> {
        self.sql.execute(
            "update cloud_regions set due_at = $1 where account_id = $2 and cloud_account_id = $3",
            values![now, account, cloud_account_id],
        )?;
        Ok(())
    }

    /// Adds a change, and forgets all but the newest `kept` of the connected account.
    pub fn insert_change(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        change: &LampChange,
        kept: i64,
    ) -> Result<()> {
        self.sql.execute(
            "insert into cloud_lamp_changes
                 (account_id, cloud_account_id, changed_at, region, controller, credentials, reason)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (cloud_account_id, changed_at, region) do nothing",
            values![
                account,
                cloud_account_id,
                change.at,
                &change.region,
                change.lamps.controller.as_str(),
                change.lamps.credentials.as_str(),
                change.lamps.reason.as_deref(),
            ],
        )?;
        self.sql.execute(
            "delete from cloud_lamp_changes
             where account_id = $1 and cloud_account_id = $2 and changed_at <
                 (select min(changed_at) from (select changed_at from cloud_lamp_changes
                  where cloud_account_id = $2 order by changed_at desc limit $3) as newest)",
            values![account, cloud_account_id, kept],
        )?;
        Ok(())
    }

    /// The changes of the lamps of a connected account, the newest first.
    pub fn list_changes(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        limit: i64,
    ) -> Result<Vec<LampChange>> {
        self.sql.list(
            "select changed_at, region, controller, credentials, reason from cloud_lamp_changes
             where account_id = $1 and cloud_account_id = $2 order by changed_at desc, region limit $3",
            values![account, cloud_account_id, limit],
            |row| Ok(LampChange { at: row.get(0)?, region: row.get(1)?, lamps: lamps(row, 2)? }),
        )
    }

    /// The alert of a connected account whose credentials fail.
    pub fn find_alert(&mut self, account: AccountId, cloud_account_id: &str) -> Result<Option<CloudAlert>> {
        self.sql.find(
            "select reason, began_at from cloud_alerts where account_id = $1 and cloud_account_id = $2",
            values![account, cloud_account_id],
            |row| Ok(CloudAlert { reason: row.get(0)?, began_at: row.get(1)? }),
        )
    }

    /// Begins an alert.
    pub fn insert_alert(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        alert: &CloudAlert,
    ) -> Result<()> {
        self.sql.execute(
            "insert into cloud_alerts (account_id, cloud_account_id, reason, began_at) values ($1, $2, $3, $4)",
            values![account, cloud_account_id, &alert.reason, alert.began_at],
        )?;
        Ok(())
    }

    /// Ends an alert.
    pub fn delete_alert(&mut self, account: AccountId, cloud_account_id: &str) -> Result<()> {
        self.sql.execute(
            "delete from cloud_alerts where account_id = $1 and cloud_account_id = $2",
            values![account, cloud_account_id],
        )?;
        Ok(())
    }
}

fn region(row: &Row<'_>) -> Result<CloudRegion> {
    Ok(CloudRegion {
        account: row.get(0)?,
        cloud_account_id: row.get(1)?,
        name: row.get(2)?,
        enabled: row.get(3)?,
        lamps: lamps(row, 4)?,
        failures: row.get(7)?,
        checked_at: row.get(8)?,
        due_at: row.get(9)?,
    })
}

/// The lamps in three columns from the one numbered `at`.
fn lamps(row: &Row<'_>, at: usize) -> Result<Lamps> {
    Ok(Lamps {
        controller: Lamp::parse(row.get(at)?)?,
        credentials: Lamp::parse(row.get(at + 1)?)?,
        reason: row.get(at + 2)?,
    })
}
