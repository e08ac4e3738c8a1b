//! Policies that were attached to users for some days, as invitations may have it, are detached when these are over.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_gate::{Gate, audit};
use keystead_store::temporary_policies::TemporaryPolicy;
use keystead_store::{Command, Touched};
use serde_json::json;

/// How many are detached in one turn.
const TURN: i64 = 100;

/// Detaches the policies whose time is over.
pub fn end_due(gate: &Gate) -> Result<()> {
    let now = gate.clock().now();
    let ended = gate.store().read(|tx| tx.temporary_policies().list_ended(now, TURN).map_err(Fault::from))?;
    ended.into_iter().try_for_each(|policy| end(gate, policy))
}

fn end(gate: &Gate, policy: TemporaryPolicy) -> Result<()> {
    let (id, event_id, now) = (uuid(&**gate.rng()), uuid(&**gate.rng()), gate.clock().now());
    let command = Command { id, account: Some(policy.account), invocation_id: None };
    gate.store().write(command, move |tx| {
        let TemporaryPolicy { account, owner_id, policy_arn, .. } = &policy;
        tx.lock_user(*account, owner_id)?;
        if !tx.temporary_policies().delete(&policy)? {
            return Ok(());
        }
        // Somebody may have detached it before, or deleted the user.
        if tx.policy_attachments().detach(*account, owner_id, policy_arn)? {
            tx.touch(Touched::Principal { account: *account, id: owner_id.clone() });
            let details = json!({ "userId": owner_id, "policyArn": policy_arn });
            audit::insert_own_event(tx, *account, &event_id, now, "EndTemporaryPolicy", &details)?;
        }
        Ok(())
    })
}
