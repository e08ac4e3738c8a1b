//! The record of what was done, in CloudTrail's event shape.
//!
//! A write is recorded in the transaction it describes ([`insert_event`]). Reads are counted per principal,
//! action, outcome and minute; refusals and failures are gathered per principal; requests of nobody are
//! counted by code. These wait in memory, bounded, until [`Gate::flush_audit`] writes them. The sealer
//! ([`Gate::seal_audit`]) chains all of it, account by account, by hash.

mod event;

use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;
use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Arn, Timestamp};
use keystead_store::audit::AuditEvent;
use keystead_store::{Command, Tx};

use crate::authenticate::Identity;
use crate::context::Context;
use crate::gate::Gate;
use crate::operation::Kind;

pub use event::{json_parameters, query_parameters};

/// How many different things may wait to be written; beyond that they are only counted.
const WAITING_MAX: usize = 10_000;
/// How many events the sealer chains in one transaction.
const SEAL_BATCH: i64 = 500;

/// What is counted together: one principal doing one thing with one outcome.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Tally {
    account: AccountId,
    principal: u128,
    service: &'static str,
    action: &'static str,
    code: Option<&'static str>,
    minute: i64,
}

/// How often, and one example in full.
struct Tallied {
    count: u64,
    arn: Arn,
    example: event::Example,
}

#[derive(Default)]
struct Waiting {
    tallies: HashMap<Tally, Tallied>,
    unauthenticated: HashMap<&'static str, u64>,
    dropped: u64,
}

/// Gathers what is not written in a transaction of its own.
#[derive(Default)]
pub struct Auditor(Mutex<Waiting>);

impl Auditor {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a finished read, or a refused or failed call of any kind.
    pub(crate) fn finished(
        &self,
        cx: &Context,
        service: &'static str,
        action: &'static str,
        fault: Option<&Fault>,
    ) {
        let tally = Tally {
            account: cx.account(),
            principal: principal_number(&cx.caller.identity),
            service,
            action,
            code: fault.map(|f| f.wire().code),
            minute: cx.now.secs().div_euclid(60),
        };
        let mut waiting = self.waiting();
        if let Some(tallied) = waiting.tallies.get_mut(&tally) {
            tallied.count += 1;
            return;
        }
        if waiting.tallies.len() >= WAITING_MAX {
            waiting.dropped += 1;
            return;
        }
        let example = event::Example::new(cx, fault);
        waiting.tallies.insert(tally, Tallied { count: 1, arn: cx.caller.arn(), example });
    }

    /// Puts back what could not be written, together with what was counted since.
    fn put_back(&self, tallies: Vec<(Tally, Tallied)>) {
        let mut waiting = self.waiting();
        for (tally, tallied) in tallies {
            let newer = waiting.tallies.remove(&tally).map_or(0, |newer| newer.count);
            waiting.tallies.insert(tally, Tallied { count: tallied.count + newer, ..tallied });
        }
    }

    /// Counts a request whose sender could not be told.
    pub(crate) fn unauthenticated(&self, fault: &Fault) {
        *self.waiting().unauthenticated.entry(fault.wire().code).or_default() += 1;
    }

    /// How many requests of nobody were refused since the start, by code.
    pub fn unauthenticated_counts(&self) -> Vec<(&'static str, u64)> {
        self.waiting().unauthenticated.iter().map(|(code, count)| (*code, *count)).collect()
    }
}

fn principal_number(identity: &Identity) -> u128 {
    match identity {
        Identity::Key { principal, .. } => principal.id.number(),
        // These are told apart by the example's ARN; reads of theirs are writes and never counted here.
        Identity::Consumer { .. } | Identity::Workload { .. } | Identity::Stranger => 0,
    }
}

/// Records a write in the transaction that makes it. If this cannot be written, neither can the write.
pub(crate) fn insert_event(
    tx: &mut Tx<'_>,
    cx: &Context,
    service: &'static str,
    action: &'static str,
    parameters: &serde_json::Value,
) -> Result<()> {
    let event = event::of_write(cx, service, action, parameters);
    let id = cx.caller.request_id.to_string();
    Ok(tx.audit().insert(&AuditEvent { id, account: cx.account(), at: cx.now, event: event.to_string() })?)
}

/// Records something the installation did by itself, such as a step of a rotation, in its transaction.
pub fn insert_own_event(
    tx: &mut Tx<'_>,
    account: AccountId,
    event_id: &str,
    now: Timestamp,
    action: &str,
    details: &serde_json::Value,
) -> keystead_store::Result<()> {
    let event = event::of_installation(account, event_id, now, action, details);
    let id = event_id.to_owned();
    tx.audit().insert(&AuditEvent { id, account, at: now, event: event.to_string() })
}

impl Gate {
    /// Writes what was counted. With `all`, the running minute too.
    pub fn flush_audit(&self, all: bool) -> Result<()> {
        let now = self.clock.now();
        let minute = now.secs().div_euclid(60);
        let ready: Vec<(Tally, Tallied)> = {
            let mut waiting = self.auditor.waiting();
            // Refusals and failures do not wait for the minute to end.
            waiting
                .tallies
                .extract_if(|tally, _| all || tally.minute < minute || tally.code.is_some())
                .collect()
        };
        if ready.is_empty() {
            return Ok(());
        }
        let events: Vec<AuditEvent> = ready
            .iter()
            .map(|(tally, tallied)| {
                let id = keystead_core::rng::uuid(&*self.rng);
                let event = event::of_tally(tally, tallied, &id, self.is_read(tally)).to_string();
                AuditEvent { id, account: tally.account, at: tallied.example.at, event }
            })
            .collect();
        let command =
            Command { id: keystead_core::rng::uuid(&*self.rng), account: None, invocation_id: None };
        let written = self.store.write(command, move |tx| {
            events.iter().try_for_each(|event| tx.audit().insert(event).map_err(Fault::from))
        });
        if written.is_err() {
            self.auditor.put_back(ready);
        }
        written
    }

    /// Whether what was counted only reads, also where it was refused.
    fn is_read(&self, tally: &Tally) -> bool {
        let mut handlers = self.handlers.iter();
        let handler = handlers.find(|one| one.name() == tally.action && one.service() == tally.service);
        handler.is_none_or(|handler| handler.kind() == Kind::Read)
    }

    /// Chains the events that are not chained yet; returns how many there were.
    pub fn seal_audit(&self) -> Result<usize> {
        let mut sealed = 0;
        loop {
            if !self.store.read(|tx| tx.audit().has_unchained().map_err(Fault::from))? {
                return Ok(sealed);
            }
            let command =
                Command { id: keystead_core::rng::uuid(&*self.rng), account: None, invocation_id: None };
            sealed += self.store.write(command, |tx| tx.chain_audit(SEAL_BATCH).map_err(Fault::from))?;
        }
    }
}
