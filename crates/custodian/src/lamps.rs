//! The two lamps of each region: whether the cloud's controller answers, and whether the account's credentials are
//! taken. A region that is well is asked now and then, one that is not ever more rarely; credentials that fail are
//! said to fail once, and once more when it is over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_core::rng::uuid;
use keystead_gate::{Gate, audit};
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_regions::{CloudAlert, CloudRegion, Lamp, LampChange, Lamps};
use keystead_store::letters::QueuedLetter;
use keystead_store::{Command, Tx};
use serde_json::json;

use crate::connection::Connection;
use crate::provider::{CloudFault, Identity, Outcome, Patience};
use crate::{letters, parallel};

/// Regions looked after in one turn.
const REGIONS_MAX: i64 = 512;
/// Changes that are kept of a connected account.
pub const CHANGES_KEPT: i64 = 200;
/// The longest pause is so many times the first.
const PAUSE_WIDEST: u32 = 30;
/// How often in a row credentials have to fail before it is said: a new key takes a while to be known everywhere.
const FAILURES_SAID: i64 = 2;

/// How often lamps are looked after.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// Between two looks at a region that is well.
    pub green: Duration,
    /// Before the second look at one that is not; doubled each time.
    pub red: Duration,
}

impl Rhythm {
    fn pause(&self, failures: i64) -> Duration {
        match u32::try_from(failures) {
            Ok(0) => self.green,
            Ok(failures @ 1..=6) => self.red * 2u32.pow(failures - 1).min(PAUSE_WIDEST),
            _ => self.red * PAUSE_WIDEST,
        }
    }
}

/// One look at every region that is due.
pub fn turn(gate: &Arc<Gate>, rhythm: Rhythm) -> Result<()> {
    let now = gate.clock().now();
    let due = gate.store().read(|tx| {
        let mut clouds: BTreeMap<String, (CloudAccount, Vec<CloudRegion>)> = BTreeMap::new();
        for region in tx.cloud_regions().list_due(now, REGIONS_MAX)? {
            let (account, id) = (region.account, region.cloud_account_id.clone());
            if let Some((_, regions)) = clouds.get_mut(&id) {
                regions.push(region);
            } else if let Some(cloud) = tx.cloud_accounts().find(account, &id)? {
                clouds.insert(id, (cloud, vec![region]));
            }
        }
        Ok::<_, Fault>(clouds.into_values().collect::<Vec<_>>())
    })?;
    let outcomes = parallel::map(&due, |(cloud, regions)| look(gate, rhythm, cloud, regions));
    outcomes.into_iter().collect()
}

fn look(gate: &Arc<Gate>, rhythm: Rhythm, cloud: &CloudAccount, regions: &[CloudRegion]) -> Result<()> {
    let seen = match Connection::open(gate, cloud.clone(), Patience::NONE)? {
        Err(fault) => vec![of_fault(&fault); regions.len()],
        Ok(connection) => {
            let provider = connection.provider;
            let ask = |region: &CloudRegion| {
                let outcome =
                    connection.reach(Patience::NONE, |reach| provider.identify_in(reach, &region.name))?;
                Ok(lamps(cloud, &outcome))
            };
            parallel::map(regions, ask).into_iter().collect::<Result<_>>()?
        }
    };
    let now = gate.clock().now();
    let rows = regions.iter().zip(seen).map(|(region, lamps)| {
        let is_well = lamps.controller == Lamp::Green && lamps.credentials == Lamp::Green;
        let failures = if is_well { 0 } else { region.failures + 1 };
        let due_at = now.plus(rhythm.pause(failures));
        CloudRegion { lamps, failures, checked_at: Some(now), due_at, ..region.clone() }
    });
    let (rows, cloud): (Vec<_>, _) = (rows.collect(), cloud.clone());
    let saying = Saying::of(gate, &cloud, &rows, now)?;
    let command = Command { id: uuid(&**gate.rng()), account: Some(cloud.account), invocation_id: None };
    gate.store().write(command, move |tx| keep(tx, &cloud, &rows, &saying, now))
}

/// What may have to be said, drawn before the transaction in which it turns out.
struct Saying {
    event_id: String,
    letter: Option<QueuedLetter>,
}

impl Saying {
    fn of(gate: &Gate, cloud: &CloudAccount, seen: &[CloudRegion], now: Timestamp) -> Result<Self> {
        let (owner, begun) = gate.store().read(|tx| {
            let owner = tx.accounts().find(cloud.account)?;
            Ok::<_, Fault>((owner, tx.cloud_regions().find_alert(cloud.account, &cloud.id)?))
        })?;
        let failing = seen.iter().find(|region| is_failing(region));
        let letter = match (owner, begun, failing) {
            (Some(owner), None, Some(region)) => {
                let reason = region.lamps.reason.as_deref().unwrap_or_default();
                Some(letters::credentials_fail(gate, &owner, cloud, reason, now)?)
            }
            (Some(owner), Some(begun), None) => {
                Some(letters::credentials_work(gate, &owner, cloud, begun.began_at, now)?)
            }
            _ => None,
        };
        Ok(Self { event_id: uuid(&**gate.rng()), letter })
    }
}

/// Whether a region's credentials have failed often enough to be said to.
fn is_failing(region: &CloudRegion) -> bool {
    region.lamps.credentials == Lamp::Red && region.failures >= FAILURES_SAID
}

/// What an answer says of the lamps.
fn lamps(cloud: &CloudAccount, outcome: &Outcome<Identity>) -> Lamps {
    match outcome {
        Ok(identity) if identity.number == cloud.number => {
            Lamps { controller: Lamp::Green, credentials: Lamp::Green, reason: None }
        }
        Ok(_) => Lamps {
            controller: Lamp::Green,
            credentials: Lamp::Red,
            reason: Some("the key belongs to another account".to_owned()),
        },
        Err(fault) => of_fault(fault),
    }
}

fn of_fault(fault: &CloudFault) -> Lamps {
    let (controller, credentials) = match fault {
        CloudFault::Unreachable(_)
        | CloudFault::Failed { .. }
        | CloudFault::Unreadable(_)
        | CloudFault::Unsupported(_) => (Lamp::Red, Lamp::Unknown),
        CloudFault::Throttled(_) => (Lamp::Green, Lamp::Unknown),
        CloudFault::NotAccepted { .. }
        | CloudFault::Denied { .. }
        | CloudFault::OptInRequired { .. }
        | CloudFault::NotFound(_)
        | CloudFault::ClockSkew { .. } => (Lamp::Green, Lamp::Red),
    };
    Lamps { controller, credentials, reason: Some(fault.to_string()) }
}

/// Keeps what was seen. Nothing is kept of credentials that others have taken the place of meanwhile.
fn keep(
    tx: &mut Tx<'_>,
    cloud: &CloudAccount,
    seen: &[CloudRegion],
    saying: &Saying,
    now: Timestamp,
) -> Result<()> {
    let (account, id) = (cloud.account, &cloud.id);
    tx.lock_cloud_account(account, id)?;
    if tx.cloud_accounts().find(account, id)?.is_none_or(|present| present.version != cloud.version) {
        return Ok(());
    }
    let before = tx.cloud_regions().list(account, id)?;
    for region in seen {
        let Some(known) = before.iter().find(|known| known.name == region.name) else { continue };
        let colours = |lamps: &Lamps| (lamps.controller, lamps.credentials);
        if colours(&known.lamps) != colours(&region.lamps) {
            let change = LampChange { at: now, region: region.name.clone(), lamps: region.lamps.clone() };
            tx.cloud_regions().insert_change(account, id, &change, CHANGES_KEPT)?;
        }
        tx.cloud_regions().update_lamps(region)?;
    }
    match &saying.letter {
        Some(letter) => alert(tx, cloud, &saying.event_id, letter, now),
        None => Ok(()),
    }
}

/// Begins or ends the alert of credentials that fail, and says so.
fn alert(
    tx: &mut Tx<'_>,
    cloud: &CloudAccount,
    event_id: &str,
    letter: &QueuedLetter,
    now: Timestamp,
) -> Result<()> {
    let (account, id) = (cloud.account, &cloud.id);
    let mut regions = tx.cloud_regions().list(account, id)?;
    regions.retain(|region| region.enabled);
    let is_over = !regions.iter().any(|region| region.lamps.credentials == Lamp::Red)
        && regions.iter().any(|region| region.lamps.credentials == Lamp::Green);
    let failing = regions.into_iter().find(is_failing);
    let (event, reason) = match (tx.cloud_regions().find_alert(account, id)?, failing) {
        (None, Some(region)) => {
            let reason = region.lamps.reason.unwrap_or_default();
            tracing::warn!(%account, cloud_account = cloud.name, number = cloud.number, reason,
                "the credentials of a connected cloud account fail");
            let begun = CloudAlert { reason, began_at: now };
            tx.cloud_regions().insert_alert(account, id, &begun)?;
            ("CloudCredentialsFailing", begun.reason)
        }
        (Some(begun), _) if is_over => {
            tracing::info!(%account, cloud_account = cloud.name, number = cloud.number,
                "the credentials of a connected cloud account work again");
            tx.cloud_regions().delete_alert(account, id)?;
            ("CloudCredentialsWorking", begun.reason)
        }
        _ => return Ok(()),
    };
    let details = json!({
        "cloudAccountId": cloud.id,
        "name": cloud.name,
        "accountNumber": cloud.number,
        "principalArn": cloud.principal_arn,
        "reason": reason,
    });
    audit::insert_own_event(tx, account, event_id, now, event, &details)?;
    Ok(tx.letters().insert(letter)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_not_well_is_asked_ever_more_rarely() {
        let minute = Duration::from_mins(1);
        let rhythm = Rhythm { green: 5 * minute, red: minute };
        let minutes = [0, 1, 2, 3, 5, 6, 7, 1_000].map(|failures| rhythm.pause(failures).as_secs() / 60);
        assert_eq!(minutes, [5, 1, 2, 4, 16, 30, 30, 30]);
    }
}
