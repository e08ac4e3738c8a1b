//! What the last probe of each service in each region of a connected account found.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudProbe {
    /// In which region.
    pub region: String,
    /// Which service.
    pub service: String,
    /// What came of it.
    pub state: String,
    /// The permission that is missing.
    pub permission: Option<String>,
    /// The cloud's own words.
    pub message: Option<String>,
    /// What is missing although the service can be used.
    pub warning: Option<String>,
    /// When.
    pub probed_at: Timestamp,
}

/// The repository of probes.
pub struct CloudProbes<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Probes of connected accounts.
    pub fn cloud_probes(&mut self) -> CloudProbes<'_> {
        CloudProbes { sql: self.sql() }
    }
}

impl CloudProbes<'_> {
    /// Keeps what a probe found in the place of an earlier one.
    pub fn put(&mut self, account: AccountId, cloud_account_id: &str, probe: &CloudProbe) -> Result<()> {
        self.sql.execute(
            "insert into cloud_probes
                 (account_id, cloud_account_id, region, service, state, permission, message, warning, probed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (cloud_account_id, region, service) do update set
                 state = $5, permission = $6, message = $7, warning = $8, probed_at = $9
             where cloud_probes.probed_at <= $9",
            values![
                account,
                cloud_account_id,
                &probe.region,
                &probe.service,
                &probe.state,
                probe.permission.as_deref(),
                probe.message.as_deref(),
                probe.warning.as_deref(),
                probe.probed_at,
            ],
        )?;
        Ok(())
    }

    /// Deletes the probes of a region that is no longer probed.
    pub fn delete_region(&mut self, account: AccountId, cloud_account_id: &str, region: &str) -> Result<()> {
        self.sql.execute(
            "delete from cloud_probes where account_id = $1 and cloud_account_id = $2 and region = $3",
            values![account, cloud_account_id, region],
        )?;
        Ok(())
    }

    /// What was found in a connected account, by region and service.
    pub fn list(&mut self, account: AccountId, cloud_account_id: &str) -> Result<Vec<CloudProbe>> {
        self.sql.list(
            "select region, service, state, permission, message, warning, probed_at from cloud_probes
             where account_id = $1 and cloud_account_id = $2 order by region, service",
            values![account, cloud_account_id],
            |row| {
                Ok(CloudProbe {
                    region: row.get(0)?,
                    service: row.get(1)?,
                    state: row.get(2)?,
                    permission: row.get(3)?,
                    message: row.get(4)?,
                    warning: row.get(5)?,
                    probed_at: row.get(6)?,
                })
            },
        )
    }
}
