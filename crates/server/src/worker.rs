//! What happens on a timer: evidence and audit are written, the audit is chained, rotations are advanced, clouds are
//! looked after.
//! Every turn is short and bounded; one that fails is logged and tried again at the next.

use std::sync::Arc;
use std::time::Duration;

use keystead_authority::temporary_policies;
use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_core::rng::uuid;
use keystead_custodian::discovery::Discoverer;
use keystead_gate::Gate;
use keystead_rotation::leaks::desk;
use keystead_rotation::notices::outbox;
use keystead_store::Command;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clouds;
use crate::leader::Leader;
use crate::mail::Mailbox;
use crate::metrics::Metrics;
use crate::rotation::Rotations;

/// How often evidence of a first use is looked for.
const FIRST_USES: Duration = Duration::from_millis(250);
/// How often rotations are looked at.
const ROTATE: Duration = Duration::from_millis(200);
/// How often it is looked who advances rotations.
const LEAD: Duration = Duration::from_secs(1);
/// How often it is looked what other servers have committed.
const FOLLOW: Duration = Duration::from_millis(250);
/// How long after its last sign of life a server is lost that shares the database with others.
const LOST_AFTER: Duration = Duration::from_secs(30);
/// How often reports of leaked keys are looked at.
const LOOK_AT_LEAKS: Duration = Duration::from_secs(1);
/// How often letters that are due are sent.
const SEND: Duration = Duration::from_secs(1);
/// How often rotations are counted for metrics.
const MEASURE: Duration = Duration::from_secs(10);
/// How often policies that were attached for some days are looked at.
const END_GRANTS: Duration = Duration::from_secs(30);
/// How often it is looked whether a connected account is to be looked through.
const DISCOVER: Duration = Duration::from_millis(500);
/// How often due evidence and counted events are written, and events chained.
const WRITE: Duration = Duration::from_secs(1);
/// How often everything is written and the run marked as whole so far.
const ALIVE: Duration = Duration::from_secs(10);
/// How often replies kept for replays are cleared, and how old they must be: twice the widest window.
const PURGE: Duration = Duration::from_mins(10);
const REPLAY_WINDOW: Duration = Duration::from_mins(31);
/// How old they must be where clients named their requests by idempotency keys.
const NAMED_WINDOW: Duration = Duration::from_hours(24);

/// One run of the server, from which gaps in the evidence are told.
pub struct Run {
    gate: Arc<Gate>,
    leader: Arc<Leader>,
    id: String,
}

impl Run {
    /// Enters a new run; one before it that did not end cleanly leaves a gap.
    pub fn begin(gate: &Arc<Gate>) -> Result<Self> {
        let id = uuid(&**gate.rng());
        let (run_id, now) = (id.clone(), gate.clock().now());
        // Alone with its database a server knows at once that those before it are gone; others it gives some time.
        let alone = gate.store().is_embedded();
        let lost = if alone { Timestamp::from_micros(i64::MAX) } else { now.minus(LOST_AFTER) };
        write(gate, move |tx| {
            tx.runs().end_lost(lost, now)?;
            tx.runs().begin(&run_id, now)
        })?;
        let leader = Arc::new(Leader::of(gate, &id));
        leader.turn()?;
        Ok(Self { gate: Arc::clone(gate), leader, id })
    }

    /// Writes all evidence, then says that up to now nothing is missing.
    fn mark_whole(&self) -> Result<()> {
        let (run_id, now) = (self.id.clone(), self.gate.clock().now());
        self.gate.flush_uses(true)?;
        write(&self.gate, move |tx| {
            tx.runs().alive(&run_id, now)?;
            tx.runs().end_lost(now.minus(LOST_AFTER), now)
        })
    }

    /// Writes what is left in memory and ends the run.
    pub fn end(&self) -> Result<()> {
        self.gate.flush_uses(true)?;
        self.gate.flush_audit(true)?;
        if self.leader.fence().is_some() {
            self.gate.seal_audit()?;
        }
        self.leader.resign()?;
        let (run_id, now) = (self.id.clone(), self.gate.clock().now());
        write(&self.gate, move |tx| tx.runs().stop(&run_id, now))
    }
}

fn write(
    gate: &Gate,
    mut f: impl FnMut(&mut keystead_store::Tx<'_>) -> keystead_store::Result<()> + Send + 'static,
) -> Result<()> {
    let command = Command { id: uuid(&**gate.rng()), account: None, invocation_id: None };
    gate.store().write(command, move |tx| f(tx).map_err(Fault::from))
}

/// Starts everything that runs on a timer; each ends when `stop` says so.
pub(crate) fn start(
    run: &Arc<Run>,
    mailbox: Mailbox,
    metrics: &Arc<Metrics>,
    stop: &watch::Receiver<bool>,
) -> Vec<JoinHandle<()>> {
    let gate = &run.gate;
    let (first, due, counted, whole, old) =
        (Arc::clone(gate), Arc::clone(gate), Arc::clone(gate), Arc::clone(run), Arc::clone(gate));
    let mailbox = Arc::new(mailbox);
    let (telling, letterbox) = (Arc::clone(gate), Arc::clone(&mailbox));
    let (sending, granting, leaking) = (Arc::clone(gate), Arc::clone(gate), Arc::clone(gate));
    let rotations = Rotations::of(gate, &run.leader);
    let sealing = Arc::clone(&run.leader);
    let (leader, following) = (Arc::clone(&run.leader), Arc::clone(gate));
    let measuring = Arc::clone(metrics);
    let clouds = clouds::start(gate, stop);
    let discoverer = Discoverer::of(gate);
    let own = vec![
        every("sending letters", SEND, stop, move || sending.send_letters(&*mailbox)),
        every("telling of rotations", SEND, stop, move || outbox::send_due(&telling, &*letterbox)),
        every("ending temporary grants", END_GRANTS, stop, move || temporary_policies::end_due(&granting)),
        every("leading rotations", LEAD, stop, move || leader.turn()),
        every("following other servers", FOLLOW, stop, move || Ok(following.store().catch_up()?)),
        every("looking at leak reports", LOOK_AT_LEAKS, stop, move || desk::turn(&leaking)),
        every("advancing rotations", ROTATE, stop, move || rotations.turn()),
        every("looking through clouds", DISCOVER, stop, move || discoverer.turn()),
        every("writing first uses", FIRST_USES, stop, move || {
            if first.uses().take_first_uses() { first.flush_uses(false) } else { Ok(()) }
        }),
        every("writing uses", WRITE, stop, move || due.flush_uses(false)),
        every("writing the audit", WRITE, stop, move || {
            counted.flush_audit(false)?;
            // Two that chain at once would be in each other's way.
            if sealing.fence().is_some() { counted.seal_audit().map(|_| ()) } else { Ok(()) }
        }),
        every("marking the run", ALIVE, stop, move || whole.mark_whole()),
        every("measuring rotations", MEASURE, stop, move || measuring.measure()),
        every("clearing replies", PURGE, stop, move || {
            let now = old.clock().now();
            let (before, named_before) = (now.minus(REPLAY_WINDOW), now.minus(NAMED_WINDOW));
            write(&old, move |tx| tx.changes().purge(before, named_before).map(|_| ()))
        }),
    ];
    own.into_iter().chain(clouds).collect()
}

/// Runs `turn` every `period` on a thread that may block, one turn at a time.
pub(crate) fn every(
    what: &'static str,
    period: Duration,
    stop: &watch::Receiver<bool>,
    turn: impl Fn() -> Result<()> + Send + Sync + 'static,
) -> JoinHandle<()> {
    let (turn, mut stop) = (Arc::new(turn), stop.clone());
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(period) => {}
                _ = stop.changed() => return,
            }
            let turn = Arc::clone(&turn);
            match tokio::task::spawn_blocking(move || turn()).await {
                Ok(Ok(())) => {}
                Ok(Err(Fault::Internal(source))) => tracing::warn!(error = source.0, "{what} failed"),
                Ok(Err(fault)) => tracing::warn!(error = ?fault.wire().message, "{what} failed"),
                Err(error) => tracing::error!(%error, "{what} broke off"),
            }
        }
    })
}
