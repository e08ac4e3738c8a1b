//! Credentials that others took the place of: they are kept sealed for a way back until the cloud proves that nobody
//! uses them, and are forgotten then. What is not known never counts as unused.

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{AccountId, Timestamp};
use keystead_gate::{Gate, audit};
use keystead_store::Command;
use keystead_store::cloud_accounts::CloudCredentials;
use serde_json::json;

use crate::connection::{self, Connection};
use crate::parallel;
use crate::provider::{KeyUse, Patience};

/// Versions asked after in one turn.
const VERSIONS_MAX: i64 = 64;
/// For how long nobody may have used a key, and how long a way back is kept at least.
const WATCH: Duration = Duration::from_hours(24);

/// One look at every former version that is due; `pause` is how long until the next look at one that is kept.
pub fn turn(gate: &Arc<Gate>, pause: Duration) -> Result<()> {
    let now = gate.clock().now();
    let due = gate
        .store()
        .read(|tx| tx.cloud_accounts().list_former_due(now, VERSIONS_MAX).map_err(Fault::from))?;
    let outcomes = parallel::map(&due, |(account, former)| look(gate, *account, former, pause));
    outcomes.into_iter().collect()
}

fn look(gate: &Arc<Gate>, account: AccountId, former: &CloudCredentials, pause: Duration) -> Result<()> {
    let proof = proof(gate, account, former)?;
    let (former, now) = (former.clone(), gate.clock().now());
    let command = Command { id: uuid(&**gate.rng()), account: Some(account), invocation_id: None };
    let event_id = uuid(&**gate.rng());
    gate.store().write(command, move |tx| {
        let (id, version) = (&former.cloud_account_id, former.version);
        let Some(proof) = &proof else {
            return Ok(tx.cloud_accounts().set_check_at(account, id, version, now.plus(pause))?);
        };
        if tx.cloud_accounts().delete_former(account, id, version)? {
            let details = json!({
                "cloudAccountId": id,
                "version": version,
                "accessKeyId": former.access_key_id,
                "because": proof,
            });
            audit::insert_own_event(tx, account, &event_id, now, "ForgetCloudCredentials", &details)?;
        }
        Ok::<_, Fault>(())
    })
}

/// What proves that nobody uses a former version; `None` where nothing does.
fn proof(gate: &Arc<Gate>, account: AccountId, former: &CloudCredentials) -> Result<Option<String>> {
    let id = &former.cloud_account_id;
    let found = gate.store().read(|tx| {
        let cloud = tx.cloud_accounts().find(account, id)?;
        let current = match &cloud {
            Some(cloud) => tx.cloud_accounts().find_credentials(account, id, cloud.version)?,
            None => None,
        };
        // While the key is exchanged, the rotation has to know since when which one was in use.
        let is_rotated = connection::rotation_of(tx, account, id)?.is_some();
        Ok::<_, Fault>(cloud.zip(current).filter(|_| !is_rotated))
    })?;
    let (Some((cloud, current)), Some(replaced_at)) = (found, former.replaced_at) else { return Ok(None) };
    let is_old = gate.clock().now().since(replaced_at) >= WATCH;
    let key = former.access_key_id.as_ref().filter(|key| Some(*key) != current.access_key_id.as_ref());
    let Some(key) = key else {
        // It has no key of its own that anybody else could use.
        return Ok(is_old.then(|| "its key is the one in use".to_owned()));
    };
    let Ok(connection) = Connection::open(gate, cloud, Patience::SHORT)? else { return Ok(None) };
    let provider = connection.provider;
    let asked =
        connection.reach(Patience::SHORT, |reach| provider.key_use(reach, &former.principal_arn, key))?;
    Ok(match asked {
        Ok(KeyUse::SwitchedOff) => Some("the cloud says that the key is gone or inactive".to_owned()),
        Ok(KeyUse::LastAt(at)) if is_old && at < replaced_at => Some(last_used(at)),
        Ok(KeyUse::LastAt(_) | KeyUse::Unknown) | Err(_) => None,
    })
}

fn last_used(at: Timestamp) -> String {
    format!("the cloud says that the key was last used at {}, before others took its place", at.to_iso8601())
}
