//! Plans at work: when the next rotation of a credential begins, and beginning those that are due.
//!
//! The time of the next rotation stands in the store. It is taken away in the transaction that begins the rotation and
//! set anew in the one that ends it, so that a time is used once, whatever crashes, and a time that was missed is
//! caught up once.

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{AccountId, KeyId, Quota, Timestamp};
use keystead_gate::Gate;
use keystead_gate::audit::insert_own_event;
use keystead_store::custody::{CredentialKind, ManagedCredential, Material};
use keystead_store::leaderships::ROTATION;
use keystead_store::rotation_plans::RotationPlan;
use keystead_store::{Command, StoreError, Tx};
use serde_json::json;

use crate::calendar::Closed;
use crate::consumer::ConsumerKind;
use crate::embedded::{consumers, journal, opening, own_key};
use crate::machine::{Rotation, State};
use crate::managed;
use crate::profile::Profile;
use crate::schedule::Schedule;

/// How many plans are looked at together.
const PAGE: i64 = 100;
/// How long a credential rests whose rotation went back, or could not begin.
const REST: Duration = Duration::from_hours(24);

/// The schedule in a plan.
pub fn schedule(plan: &RotationPlan) -> Option<Schedule> {
    serde_json::from_str(plan.schedule.as_deref()?).ok()
}

/// When the current key of a credential was made, as far as this authority knows: a key of another one is at least as
/// old as its custody copy.
pub fn made_at(tx: &mut Tx<'_>, credential: &ManagedCredential) -> keystead_store::Result<Timestamp> {
    let key = credential.current_access_key_id;
    let account = credential.account;
    let owner = credential.owner_id.as_deref().unwrap_or_default();
    let here = match (credential.kind, key.access_key()) {
        (CredentialKind::Embedded, Some(id)) => tx.access_keys().find(account, id)?.map(|key| key.created_at),
        (CredentialKind::Embedded, None) if credential.material == Material::ServiceCredential => {
            tx.service_credentials().find(account, owner, key.as_str())?.map(|row| row.created_at)
        }
        (CredentialKind::Embedded, None) => {
            tx.signing_certificates().find(account, key.as_str())?.map(|certificate| certificate.uploaded_at)
        }
        (CredentialKind::Remote, _) => None,
    };
    Ok(here.unwrap_or(credential.updated_at))
}

/// When the next rotation of a credential begins by this schedule; none while one runs.
pub fn next_at(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    schedule: &Schedule,
    now: Timestamp,
) -> keystead_store::Result<Option<Timestamp>> {
    if tx.rotations().find_running(credential.account, &credential.id)?.is_some() {
        return Ok(None);
    }
    let made_at = made_at(tx, credential)?;
    Ok(schedule.next(&credential.id, made_at, now))
}

/// Sets when the next rotation begins, in the transaction that ends one.
pub(crate) fn set_next(
    tx: &mut Tx<'_>,
    account: AccountId,
    ended: &Rotation,
    now: Timestamp,
) -> keystead_store::Result<()> {
    let Some(plan) = tx.rotation_plans().find(account, &ended.credential)? else { return Ok(()) };
    let Some(schedule) = schedule(&plan) else { return Ok(()) };
    let (key, rest) = match ended.state {
        State::Done => (ended.new_key, Duration::ZERO),
        _ => (Some(ended.old_key), REST),
    };
    let listed = |key: KeyId| ended.find_listed(key).map(|key| key.created_at);
    let made_at = key.and_then(listed).unwrap_or(now);
    let next = schedule.next(&ended.credential, made_at, now.plus(rest));
    tx.rotation_plans().move_next(account, &ended.credential, plan.next_at, next)?;
    Ok(())
}

/// What became of a plan that was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begun {
    /// It was dealt with: a rotation began, or the time was moved.
    Dealt,
    /// Too many reach the same kind of target just now.
    Later,
    /// Enough rotations of the account are at work.
    Full,
}

/// Begins the rotations that are due, as many as the caps allow.
pub fn begin_due(gate: &Arc<Gate>, fence: i64) -> Result<()> {
    let now = gate.clock().now();
    let accounts = gate.store().read(|tx| tx.rotation_plans().list_due_accounts(now).map_err(Fault::from))?;
    accounts.into_iter().try_for_each(|account| begin_due_of(gate, account, fence, now))
}

fn begin_due_of(gate: &Arc<Gate>, account: AccountId, fence: i64, now: Timestamp) -> Result<()> {
    let mut last: Option<RotationPlan> = None;
    loop {
        let after = last.clone();
        let page = gate.store().read(|tx| {
            let work = tx.fleet().count_at_work(account)?;
            if work >= gate.ring().quotas(account).get(Quota::RotationsAtWork) {
                return Ok(Vec::new());
            }
            tx.rotation_plans().list_due(account, now, after.as_ref(), PAGE).map_err(Fault::from)
        })?;
        for plan in &page {
            if begin(gate, plan, fence, now)? == Begun::Full {
                return Ok(());
            }
        }
        last = page.last().cloned();
        if page.len() < PAGE as usize {
            return Ok(());
        }
    }
}

/// Begins one rotation. The command is named after the time it is for: it takes place once.
fn begin(gate: &Arc<Gate>, plan: &RotationPlan, fence: i64, now: Timestamp) -> Result<Begun> {
    let time = plan.next_at.unwrap_or_default().micros();
    let (rotation_id, event_id) = (uuid(&**gate.rng()), uuid(&**gate.rng()));
    let command = Command {
        id: format!("schedule/{}/{time}/{rotation_id}", plan.credential_id),
        account: Some(plan.account),
        invocation_id: None,
    };
    let (plan, own) = (plan.clone(), Arc::clone(gate));
    let begun = gate.store().write(command, move |tx| {
        if !tx.leaderships().is_held(ROTATION, fence)? {
            return Ok(Begun::Full);
        }
        begin_in(tx, &own, &plan, (&rotation_id, &event_id), now)
    });
    begun.map_err(|error: StoreError| Fault::from(error))
}

fn begin_in(
    tx: &mut Tx<'_>,
    gate: &Gate,
    plan: &RotationPlan,
    (rotation_id, event_id): (&str, &str),
    now: Timestamp,
) -> keystead_store::Result<Begun> {
    let account = plan.account;
    let Some(credential) = tx.custody().find(account, &plan.credential_id)? else { return Ok(Begun::Dealt) };
    let move_to = |tx: &mut Tx<'_>, at: Option<Timestamp>| {
        tx.rotation_plans().move_next(account, &plan.credential_id, plan.next_at, at)?;
        Ok(Begun::Dealt)
    };
    // One that was begun by hand sets the next time when it ends.
    if tx.rotations().find_running(account, &credential.id)?.is_some() {
        return move_to(tx, None);
    }
    match opening::calendar(tx, account, &credential.id, now)?.closed(now) {
        None => {}
        // All that a freeze held up would begin at its end.
        Some((Closed::Frozen, until)) => {
            let jitter = schedule(plan).unwrap_or_default().jitter_of(&credential.id);
            return move_to(tx, Some(until.plus(jitter)));
        }
        Some((Closed::OutsideWindow, until)) => return move_to(tx, Some(until)),
    }
    if own_key::is_stale(tx, &credential)? {
        tracing::warn!(credential = credential.name, "a connection was given another key by hand");
        return move_to(tx, Some(now.plus(REST)));
    }
    match room(tx, gate, &credential)? {
        Begun::Dealt => {}
        full => return Ok(full),
    }
    let Ok(principal) = managed::principal(gate, &credential) else {
        tracing::warn!(credential = credential.name, "the user of a scheduled credential is gone");
        return move_to(tx, Some(now.plus(REST)));
    };
    let profile = Profile::named(&credential.profile).unwrap_or_else(Profile::standard);
    let key = credential.current_access_key_id;
    let rotation = Rotation::new(rotation_id.to_owned(), credential.id.clone(), principal, key, profile);
    journal::insert(tx, gate, account, rotation, now)?;
    let details =
        json!({"rotationId": rotation_id, "credential": credential.name, "accessKeyId": key.to_string()});
    insert_own_event(tx, account, event_id, now, "StartRotation", &details)?;
    move_to(tx, None)
}

/// Whether one more rotation may be at work, for this account and for each kind of target of the credential.
fn room(tx: &mut Tx<'_>, gate: &Gate, credential: &ManagedCredential) -> keystead_store::Result<Begun> {
    let (account, quotas) = (credential.account, gate.ring().quotas(credential.account));
    if tx.fleet().count_at_work(account)? >= quotas.get(Quota::RotationsAtWork) {
        return Ok(Begun::Full);
    }
    let at_work = tx.fleet().count_at_work_by_kind(account)?;
    let most = quotas.get(Quota::RotationsPerTargetKind);
    let kinds = tx.fleet().list_kinds(account, &credential.id)?;
    let is_full = |kind: &String| at_work.iter().any(|(of, count)| of == kind && *count >= most);
    let pushed = |word: &&String| consumers::kind(word) == ConsumerKind::Push;
    Ok(if kinds.iter().filter(pushed).any(is_full) { Begun::Later } else { Begun::Dealt })
}
