//! The outbox: what is told is queued with its cause, and sent by a turn of the server. An attempt is noted before it is
//! made, so that of two servers one makes it; whoever is told twice all the same, because a server died between the
//! sending and its note, knows by the notice's id.

use std::thread;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{AccountId, Timestamp};
use keystead_gate::Gate;
use keystead_gate::mail::{GIVEN_UP, Letter, Post, Unsent, pause_after};
use keystead_store::notices::{NoticeRow, Way};
use keystead_store::{Command, Tx};

use super::addresses::{self, Told};
use super::occasion::occasions;
use super::text::{Notice, notice_id};
use crate::delivery::webhook;
use crate::embedded;
use crate::machine::Rotation;
use crate::receipt::Entry;

/// How many notices are sent in one turn, at most.
const TURN: i64 = 40;
/// How many at once: one receiver that does not answer holds up no other.
const THREADS: usize = 8;

/// Queues what is to be told of these entries, which are written in the same transaction as this document.
pub(crate) fn queue(
    tx: &mut Tx<'_>,
    gate: &Gate,
    account: AccountId,
    (rotation, entries): (&Rotation, &[Entry]),
    now: Timestamp,
) -> keystead_store::Result<()> {
    let occasions = occasions(rotation, entries);
    if occasions.is_empty() {
        return Ok(());
    }
    let Told { email, webhook } = addresses::told(tx, gate, account, &rotation.credential)?;
    let ways = [email.map(|_| Way::Mail), webhook.map(|_| Way::Webhook)];
    if ways.iter().all(Option::is_none) {
        return Ok(());
    }
    let Some(credential) = tx.custody().find(account, &rotation.credential)? else { return Ok(()) };
    let observation = embedded::glance(tx, &credential, rotation, now)?;
    for occasion in occasions {
        let notice = Notice::new(&occasion, &credential, rotation, &observation, now);
        for way in ways.into_iter().flatten() {
            tx.notices().insert(&NoticeRow {
                account,
                rotation_id: rotation.id.clone(),
                number: occasion.number.cast_signed(),
                way,
                occasion: occasion.name.clone(),
                topic: occasion.topic.as_str().to_owned(),
                subject: notice.subject(),
                body: match way {
                    Way::Mail => notice.letter(),
                    Way::Webhook => serde_json::to_string(&notice).unwrap_or_default(),
                },
                created_at: now,
                attempts: 0,
                next_try_at: Some(now),
                sent_at: None,
                failure: None,
            })?;
        }
    }
    Ok(())
}

/// Sends the notices that are due; one that cannot be sent stays for later and holds up no other.
pub fn send_due(gate: &Gate, post: &dyn Post) -> Result<()> {
    let now = gate.clock().now();
    let due = gate.store().read(|tx| tx.notices().list_due(now, TURN).map_err(Fault::from))?;
    let share = due.len().div_ceil(THREADS).max(1);
    thread::scope(|scope| {
        let send = |rows: &[NoticeRow]| rows.iter().try_for_each(|row| send(gate, post, row));
        let threads: Vec<_> = due.chunks(share).map(|rows| scope.spawn(move || send(rows))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })
}

fn send(gate: &Gate, post: &dyn Post, row: &NoticeRow) -> Result<()> {
    let now = gate.clock().now();
    let next_try_at = now.plus(pause_after(row.attempts));
    let taking = row.clone();
    if !write(gate, row.account, move |tx| tx.notices().take(&taking, next_try_at))? {
        return Ok(());
    }
    let told = gate.store().read(|tx| {
        // Asked now and not when it was queued: an address that was wrong can be put right.
        let rotation = tx.rotations().find(row.account, &row.rotation_id)?;
        let credential = rotation.map(|rotation| rotation.credential_id).unwrap_or_default();
        addresses::told(tx, gate, row.account, &credential).map_err(Fault::from)
    })?;
    let sent = match row.way {
        Way::Mail => mail(post, row, told, now),
        Way::Webhook => call(gate, row, told),
    };
    let is_given_up = now.since(row.created_at) >= GIVEN_UP;
    let row = row.clone();
    write(gate, row.account, move |tx| match &sent {
        Ok(()) => tx.notices().mark_sent(&row, now),
        Err(reason) => {
            let (rotation, way, attempt) = (&row.rotation_id, row.way.as_str(), row.attempts + 1);
            tracing::warn!(rotation, way, attempt, reason, is_given_up, "a notice could not be sent");
            tx.notices().mark_failed(&row, reason, (!is_given_up).then_some(next_try_at))
        }
    })
}

fn mail(post: &dyn Post, row: &NoticeRow, told: Told, now: Timestamp) -> std::result::Result<(), String> {
    let to = told.email.ok_or("nobody is named any more who is told by letter")?;
    let letter = Letter { to, subject: row.subject.clone(), text: row.body.clone() };
    let id = format!("{}.{}", row.rotation_id, row.number);
    post.send(&id, &letter, now).map_err(|Unsent(reason)| reason)
}

fn call(gate: &Gate, row: &NoticeRow, told: Told) -> std::result::Result<(), String> {
    let called = told.webhook.ok_or("no address is named any more that is called")?;
    let secret = called.secret(gate.store()).map_err(|error| error.to_string())?;
    let delivery = notice_id(&row.rotation_id, row.number);
    webhook::post(gate, (&called.url, called.named), &secret, &delivery, &row.body)
        .map_err(|failure| failure.to_string())
}

fn write<T: Send + 'static>(
    gate: &Gate,
    account: AccountId,
    mut work: impl FnMut(&mut Tx<'_>) -> keystead_store::Result<T> + Send + 'static,
) -> Result<T> {
    let command = Command { id: uuid(&**gate.rng()), account: Some(account), invocation_id: None };
    gate.store().write(command, move |tx| work(tx).map_err(Fault::from))
}
