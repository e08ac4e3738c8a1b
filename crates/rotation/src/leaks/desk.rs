//! Looks at what was reported: tells the owners of keys that are concerned, and a while after a key was contained
//! whether it still is. Looks as well whether honey keys were used.

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Account, KeyStatus, Timestamp};
use keystead_gate::Gate;
use keystead_gate::audit::insert_own_event;
use keystead_gate::mail::Letter;
use keystead_gate::ring::KeyEntry;
use keystead_store::leak_reports::{LeakReport, LeakState, ReceivedReport};
use keystead_store::letters::QueuedLetter;
use keystead_store::{Command, Tx};
use serde_json::json;

use super::response::{Answer, Done, cut_sessions};
use super::{Finding, honey, is_right, proven_by};

/// After how long it is looked whether a contained key still is: attackers race to undo it.
pub const CHECK_AFTER: Duration = Duration::from_mins(1);
/// How often it is looked whether a key was replaced.
const REPLACED_EVERY: Duration = Duration::from_secs(5);
/// Reports that are looked at in one turn.
pub(super) const TURN: i64 = 20;
/// Places that are kept of one key; a report of a further one counts for the last.
const PLACES_MAX: usize = 20;

/// Who answers a report where the operator has decided beforehand.
const POLICY: &str = "the operator's on_proven = \"emergency\"";

/// A key that a report concerns, with the report and the letter that there will be if it is news.
struct Concerned {
    report: LeakReport,
    letter: QueuedLetter,
    event_id: String,
    /// Ids of what is done about it at once.
    rotation_id: String,
    response_event_id: String,
}

/// Looks at what has come, and again at what was contained.
pub fn turn(gate: &Arc<Gate>) -> Result<()> {
    let now = gate.clock().now();
    let read = |tx: &mut Tx<'_>| {
        Ok::<_, Fault>((tx.leak_reports().list_received(TURN)?, tx.leak_reports().list_due(now, TURN)?))
    };
    let (received, due) = gate.store().read(read)?;
    received.into_iter().try_for_each(|report| look_at(gate, &report, now))?;
    due.into_iter().try_for_each(|report| check(gate, report, now))?;
    honey::turn(gate, now)
}

fn look_at(gate: &Arc<Gate>, received: &ReceivedReport, now: Timestamp) -> Result<()> {
    let findings: Vec<Finding> = serde_json::from_str(&received.findings).map_err(Fault::internal)?;
    let mut concerned = Vec::new();
    for finding in &findings {
        concerned.extend(concern(gate, received, finding, now)?);
    }
    let (id, at) = (received.id.clone(), Arc::clone(gate));
    write(gate, move |tx| {
        // Two servers may look at the same report, and one looks again after a crash: one of them writes.
        if !tx.leak_reports().delete_received(&id)? {
            return Ok(());
        }
        for one in &concerned {
            let report = enter(tx, one, now)?;
            if at.settings().leaks.contains_proven && report.is_proven && report.state == LeakState::Open {
                contain(tx, &at, one, report, now)?;
            }
        }
        Ok(())
    })
}

/// The report for the owner of a key, where there is such a key and it is active.
fn concern(
    gate: &Gate,
    received: &ReceivedReport,
    finding: &Finding,
    now: Timestamp,
) -> Result<Option<Concerned>> {
    let Some(entry) = gate.ring().find_key(finding.id).filter(KeyEntry::is_active) else {
        return Ok(None);
    };
    let account = entry.principal.account;
    let proven = finding.proof.as_ref().map(|given| is_right(gate, &entry, given));
    let Some(owner) = gate.store().read(|tx| tx.accounts().find(account).map_err(Fault::from))? else {
        return Ok(None);
    };
    let report = LeakReport {
        account,
        id: uuid(&**gate.rng()),
        access_key_id: finding.id,
        source: received.source.clone(),
        url: received.url.clone(),
        reporter: received.reporter.clone(),
        sender: received.sender.clone(),
        is_proven: proven.transpose()?.unwrap_or_default(),
        reports: 1,
        state: LeakState::Open,
        answer: None,
        answered_by: None,
        answered_at: None,
        check_at: None,
        exposed_at: received.exposed_at,
        reported_at: received.received_at,
    };
    let letter = reported(gate, &owner, &report, &entry.principal.arn().to_string(), now)?;
    let draw = || uuid(&**gate.rng());
    Ok(Some(Concerned { report, letter, event_id: draw(), rotation_id: draw(), response_event_id: draw() }))
}

/// Does about a key whose secret was reported what the operator has decided beforehand. Nothing less than the secret
/// leads here: an id that somebody writes to a public place comes back as a report of a sender that signs.
fn contain(tx: &mut Tx<'_>, gate: &Gate, one: &Concerned, report: LeakReport, now: Timestamp) -> Result<()> {
    tx.lock_account(report.account)?;
    let (contain, reason, by) = (None, None, POLICY.to_owned());
    let answer = Answer { gate, contain, reason, by, rotation_id: &one.rotation_id, now };
    let Done { report, rotation_id, .. } = answer.give(tx, report)?;
    let details = json!({
        "reportId": report.id,
        "accessKeyId": report.access_key_id.to_string(),
        "answeredBy": POLICY,
        "rotationId": rotation_id,
    });
    Ok(insert_own_event(tx, report.account, &one.response_event_id, now, "RespondToLeak", &details)?)
}

/// Enters a report, or counts it where the same was reported before. A letter goes out for the first of a key that
/// nobody has answered, and once more when one comes with the secret. Returns the report as it stands then.
fn enter(tx: &mut Tx<'_>, one: &Concerned, now: Timestamp) -> Result<LeakReport> {
    let Concerned { report, letter, event_id, .. } = one;
    let known = tx.leak_reports().list_by_key(report.account, report.access_key_id)?;
    let unanswered = known.iter().filter(|one| one.state == LeakState::Open);
    let is_news = unanswered.clone().next().is_none()
        || report.is_proven && unanswered.clone().all(|one| !one.is_proven);
    let same = known.iter().find(|one| one.url == report.url);
    let counted = same.or_else(|| known.last().filter(|_| known.len() >= PLACES_MAX));
    let Some(counted) = counted else {
        tx.leak_reports().insert(report)?;
        tell(tx, report, letter, event_id, is_news, now)?;
        return Ok(report.clone());
    };
    let mut counted = counted.clone();
    let was_answered = counted.state != LeakState::Open;
    counted.reports += 1;
    counted.is_proven |= report.is_proven;
    counted.sender = counted.sender.or_else(|| report.sender.clone());
    // The key is active, or there were no report: whatever was done about it before is over. A dismissal stands,
    // unless the secret itself turns up.
    if was_answered && (counted.state != LeakState::Dismissed || report.is_proven) {
        counted.state = LeakState::Open;
        counted.check_at = None;
    }
    tx.leak_reports().update(&counted)?;
    if is_news && counted.state == LeakState::Open {
        tell(tx, &counted, letter, event_id, true, now)?;
    }
    Ok(counted)
}

fn tell(
    tx: &mut Tx<'_>,
    report: &LeakReport,
    letter: &QueuedLetter,
    event_id: &str,
    with_letter: bool,
    now: Timestamp,
) -> Result<()> {
    if with_letter {
        tx.letters().insert(letter)?;
    }
    let details = json!({
        "reportId": report.id,
        "accessKeyId": report.access_key_id.to_string(),
        "source": report.source,
        "reporter": report.reporter,
        "provenBy": proven_by(report),
    });
    Ok(insert_own_event(tx, report.account, event_id, now, "LeakReported", &details)?)
}

/// Whether a key that is being replaced is off by now, and one that was contained still is.
fn check(gate: &Gate, mut report: LeakReport, now: Timestamp) -> Result<()> {
    let owner = gate.store().read(|tx| tx.accounts().find(report.account).map_err(Fault::from))?;
    let Some(owner) = owner else { return Ok(()) };
    let (letter, event_id) = (put_back(gate, &owner, &report, now)?, uuid(&**gate.rng()));
    write(gate, move |tx| {
        let current = tx.leak_reports().find(report.account, &report.id)?;
        // Somebody has answered it otherwise, or another server was faster.
        if current.as_ref() != Some(&report) {
            return Ok(());
        }
        let key = tx.access_keys().find(report.account, report.access_key_id)?;
        let is_off = key.is_none_or(|key| key.status == KeyStatus::Inactive);
        let action = match (report.state, is_off) {
            (LeakState::Replacing, true) => {
                cut_sessions(tx, report.account, report.access_key_id, now)?;
                (report.state, report.check_at) = (LeakState::Contained, Some(now.plus(CHECK_AFTER)));
                "LeakContained"
            }
            (LeakState::Replacing, false) => {
                report.check_at = Some(now.plus(REPLACED_EVERY));
                return Ok(tx.leak_reports().update(&report)?);
            }
            (_, true) => {
                (report.state, report.check_at) = (LeakState::Confirmed, None);
                "LeakContainmentConfirmed"
            }
            (_, false) => {
                (report.state, report.check_at) = (LeakState::Open, None);
                tx.letters().insert(&letter)?;
                "LeakContainmentUndone"
            }
        };
        tx.leak_reports().update(&report)?;
        let details = json!({"reportId": report.id, "accessKeyId": report.access_key_id.to_string()});
        Ok(insert_own_event(tx, report.account, &event_id, now, action, &details)?)
    })
}

fn reported(
    gate: &Gate,
    owner: &Account,
    report: &LeakReport,
    arn: &str,
    now: Timestamp,
) -> Result<QueuedLetter> {
    let (key, id) = (report.access_key_id, &report.id);
    let place = if report.url.is_empty() { "a place that was not named" } else { &report.url };
    let weight = if report.is_proven && gate.settings().leaks.contains_proven {
        "The right secret came with the report, so the key is being contained already, as the operator has decided for \
         such keys."
    } else if report.is_proven {
        "The right secret came with the report: whoever can read that place has the key."
    } else if report.sender.is_some() {
        "GitHub has signed the report: the id stands there. Nothing was switched off; look whether the secret stands \
         there too."
    } else {
        "Only its id came with the report, which is no secret. Nothing was switched off; look whether the secret \
         stands there too."
    };
    let text = format!(
        "The access key {key} of {arn} was reported to have been seen at:\n\n    {place}\n\n{weight}\n\n\
         See what the key did:  keystead leak show {id}\n\
         Switch it off now:     keystead leak respond {id} --contain now\n\
         Replace it first:      keystead leak respond {id} --contain after-replacement\n\
         It is nothing:         keystead leak respond {id} --contain dismiss --reason TEXT\n"
    );
    draw_letter(gate, owner, format!("Access key {key} was seen where it does not belong"), text, now)
}

fn put_back(gate: &Gate, owner: &Account, report: &LeakReport, now: Timestamp) -> Result<QueuedLetter> {
    let (key, id) = (report.access_key_id, &report.id);
    let text = format!(
        "The access key {key} was switched off because it had leaked, and is active again a minute later. Find out \
         who did that:\n\n    keystead leak show {id}\n    keystead audit list\n"
    );
    draw_letter(gate, owner, format!("Leaked access key {key} is active again"), text, now)
}

pub(super) fn draw_letter(
    gate: &Gate,
    owner: &Account,
    subject: String,
    text: String,
    now: Timestamp,
) -> Result<QueuedLetter> {
    let letter = Letter { to: owner.root_email.clone(), subject, text };
    gate.draw_letter(owner.id, &letter, now)
}

pub(super) fn write(gate: &Gate, work: impl FnMut(&mut Tx<'_>) -> Result<()> + Send + 'static) -> Result<()> {
    let command = Command { id: uuid(&**gate.rng()), account: None, invocation_id: None };
    gate.store().write(command, work)
}
