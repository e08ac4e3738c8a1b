//! Honey keys: laid where nobody should look, they open nothing. Any use of one is a leak of the place it lies in, and
//! is reported as such; the gate answers as for a key that is nobody's, and writes down who asked.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Account, Arn, Timestamp};
use keystead_gate::audit::insert_own_event;
use keystead_gate::{Context, Gate};
use keystead_store::Tx;
use keystead_store::honey_keys::HoneyKey;
use keystead_store::leak_reports::{LeakReport, LeakState};
use keystead_store::letters::QueuedLetter;
use keystead_store::uses::KeyUse;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::desk::{TURN, draw_letter, write};

/// The source of the reports that come of uses.
pub const SOURCE: &str = "honey";
/// Uses that a letter names.
const NAMED_MAX: usize = 10;

/// A honey key as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    access_key_id: String,
    place: String,
    created_by: String,
    created_at: String,
}

impl From<HoneyKey> for Shown {
    fn from(key: HoneyKey) -> Self {
        Self {
            access_key_id: key.id.to_string(),
            place: key.place,
            created_by: key.created_by,
            created_at: key.created_at.to_iso8601(),
        }
    }
}

/// What the policy engine is asked about.
pub fn arn(cx: &Context, id: &str) -> Arn {
    Arn::keystead(cx.account(), &format!("honey-key/{id}"))
}

/// What is said where there is no such key.
pub fn not_found(id: &str) -> Fault {
    Fault::NoSuchEntity(format!("There is no honey key {id}."))
}

/// Raises the alarm about every key that was used since the last turn.
pub(super) fn turn(gate: &Arc<Gate>, now: Timestamp) -> Result<()> {
    let used = gate.store().read(|tx| tx.honey_keys().list_used(TURN).map_err(Fault::from))?;
    used.into_iter().try_for_each(|key| alarm(gate, key, now))
}

fn alarm(gate: &Gate, key: HoneyKey, now: Timestamp) -> Result<()> {
    let read = |tx: &mut Tx<'_>| {
        Ok::<_, Fault>((tx.accounts().find(key.account)?, tx.uses().list_by_key(key.account, key.id)?))
    };
    let (owner, mut uses) = gate.store().read(read)?;
    uses.retain(|one| one.refused_at > Some(key.alarmed_at));
    let Some((owner, last)) = owner.zip(uses.iter().filter_map(|one| one.refused_at).max()) else {
        return Ok(());
    };
    let report = report(gate, &key, &uses, now);
    let letter = letter(gate, &owner, &report, &uses, now)?;
    let event_id = uuid(&**gate.rng());
    write(gate, move |tx| {
        if !tx.honey_keys().move_alarmed(&key, last)? {
            return Ok(());
        }
        let known = tx.leak_reports().list_by_key(key.account, key.id)?;
        let Some(known) = known.into_iter().find(|known| known.url == report.url) else {
            tx.leak_reports().insert(&report)?;
            return tell(tx, &report, &letter, &event_id, now);
        };
        // Whatever was answered is over: somebody uses it still, or again.
        let was_open = known.state == LeakState::Open;
        let (reports, state) = (known.reports + 1, LeakState::Open);
        let known = LeakReport { reports, state, check_at: None, ..known };
        tx.leak_reports().update(&known)?;
        if was_open { Ok(()) } else { tell(tx, &known, &letter, &event_id, now) }
    })
}

fn report(gate: &Gate, key: &HoneyKey, uses: &[KeyUse], now: Timestamp) -> LeakReport {
    let newest = uses.iter().max_by_key(|one| one.refused_at);
    LeakReport {
        account: key.account,
        id: uuid(&**gate.rng()),
        access_key_id: key.id,
        source: SOURCE.to_owned(),
        url: key.place.clone(),
        reporter: newest.and_then(|one| one.source_address.clone()).unwrap_or_default(),
        sender: None,
        is_proven: false,
        reports: 1,
        state: LeakState::Open,
        answer: None,
        answered_by: None,
        answered_at: None,
        check_at: None,
        exposed_at: key.created_at,
        reported_at: now,
    }
}

fn tell(
    tx: &mut Tx<'_>,
    report: &LeakReport,
    letter: &QueuedLetter,
    event_id: &str,
    now: Timestamp,
) -> Result<()> {
    tx.letters().insert(letter)?;
    let details = json!({
        "reportId": report.id,
        "accessKeyId": report.access_key_id.to_string(),
        "place": report.url,
        "sourceIPAddress": report.reporter,
    });
    Ok(insert_own_event(tx, report.account, event_id, now, "HoneyKeyUsed", &details)?)
}

fn letter(
    gate: &Gate,
    owner: &Account,
    report: &LeakReport,
    uses: &[KeyUse],
    now: Timestamp,
) -> Result<QueuedLetter> {
    let (key, id, place) = (report.access_key_id, &report.id, &report.url);
    let uses: Vec<String> = uses.iter().take(NAMED_MAX).map(sentence).collect();
    let text = format!(
        "Somebody used the honey key {key}. It opens nothing, so nothing was lost by that; but it lies here, and \
         whoever used it has read it there:\n\n    {place}\n\nWho it was:\n\n{}\n\n\
         Find out how they came to it, and what else lies there. All that is known:\n\n    keystead leak show {id}\n",
        uses.join("\n")
    );
    draw_letter(gate, owner, format!("Honey key {key} was used"), text, now)
}

fn sentence(one: &KeyUse) -> String {
    let or = |text: &Option<String>, other: &str| text.clone().unwrap_or_else(|| other.to_owned());
    format!(
        "    from {} at {}, for {} in {}, as {}",
        or(&one.source_address, "an unknown address"),
        one.refused_at.map(Timestamp::to_iso8601).unwrap_or_default(),
        or(&one.service, "no service"),
        or(&one.region, "no region"),
        or(&one.user_agent, "nothing that names itself"),
    )
}
