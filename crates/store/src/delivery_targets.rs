//! Delivery targets: where Keystead itself writes a credential, and what it is written with.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of delivery targets.
pub struct DeliveryTargets<'t> {
    sql: &'t mut dyn Sql,
}

/// What is known of a target beside its row among the consumers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryTarget {
    /// Whose it is.
    pub account: AccountId,
    /// The consumer that reads there.
    pub consumer_id: String,
    /// Where it is and how a value looks there, JSON.
    pub settings: String,
    /// What it is written with; [`secret_place`] says where it opens.
    pub secret: Option<Sealed>,
    /// The networks its consumer is seen from.
    pub sources: Vec<String>,
    /// The newest write, noted before it was made, JSON.
    pub written: Option<String>,
    /// When somebody last changed it.
    pub updated_at: Timestamp,
}

/// Where the secret of a target is sealed for.
pub fn secret_place(account: AccountId, consumer_id: &str) -> Place {
    Place {
        tenant: account,
        table: "delivery_targets",
        row: consumer_id.to_owned(),
        column: "secret_sealed",
        version: 1,
    }
}

impl Tx<'_> {
    /// Delivery targets.
    pub fn delivery_targets(&mut self) -> DeliveryTargets<'_> {
        DeliveryTargets { sql: self.sql() }
    }
}

impl DeliveryTargets<'_> {
    /// Adds what is known of a consumer's target.
    pub fn insert(&mut self, target: &DeliveryTarget) -> Result<()> {
        self.sql.execute(
            "insert into delivery_targets
                 (account_id, consumer_id, settings, secret_sealed, sources, written, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                target.account,
                &target.consumer_id,
                &target.settings,
                target.secret.as_ref().map(Sealed::as_bytes),
                write_sources(&target.sources)?,
                target.written.as_deref(),
                target.updated_at,
            ],
        )?;
        Ok(())
    }

    /// What is known of a consumer's target; none where Keystead writes nothing for it.
    pub fn find(&mut self, account: AccountId, consumer_id: &str) -> Result<Option<DeliveryTarget>> {
        self.sql.find(
            "select account_id, consumer_id, settings, secret_sealed, sources, written, updated_at
             from delivery_targets where account_id = $1 and consumer_id = $2",
            values![account, consumer_id],
            target,
        )
    }

    /// The targets of a credential.
    pub fn list(&mut self, account: AccountId, credential_id: &str) -> Result<Vec<DeliveryTarget>> {
        self.sql.list(
            "select delivery_targets.account_id, delivery_targets.consumer_id, settings, secret_sealed,
                    sources, written, updated_at
             from delivery_targets join consumers on consumers.consumer_id = delivery_targets.consumer_id
             where consumers.account_id = $1 and credential_id = $2 order by name",
            values![account, credential_id],
            target,
        )
    }

    /// Changes where it is, what it is written with and where its consumer is seen; false where there is none. What
    /// was written at another place says nothing of this one.
    pub fn update(&mut self, target: &DeliveryTarget) -> Result<bool> {
        let updated = self.sql.execute(
            "update delivery_targets set
                 written = case when settings = $1 then written else null end,
                 settings = $1, secret_sealed = $2, sources = $3, updated_at = $4
             where account_id = $5 and consumer_id = $6",
            values![
                &target.settings,
                target.secret.as_ref().map(Sealed::as_bytes),
                write_sources(&target.sources)?,
                target.updated_at,
                target.account,
                &target.consumer_id,
            ],
        )?;
        Ok(updated > 0)
    }

    /// Notes a write; false where there is no such target.
    pub fn update_written(&mut self, account: AccountId, consumer_id: &str, written: &str) -> Result<bool> {
        let updated = self.sql.execute(
            "update delivery_targets set written = $1 where account_id = $2 and consumer_id = $3",
            values![written, account, consumer_id],
        )?;
        Ok(updated > 0)
    }
}

fn write_sources(sources: &[String]) -> Result<String> {
    serde_json::to_string(sources).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn target(row: &Row<'_>) -> Result<DeliveryTarget> {
    let (secret, sources): (Option<Vec<u8>>, &str) = (row.get(3)?, row.get(4)?);
    Ok(DeliveryTarget {
        account: row.get(0)?,
        consumer_id: row.get(1)?,
        settings: row.get(2)?,
        secret: secret.map(Sealed::from_bytes),
        sources: serde_json::from_str(sources).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        written: row.get(5)?,
        updated_at: row.get(6)?,
    })
}
