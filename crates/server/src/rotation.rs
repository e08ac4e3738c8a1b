//! Advancing rotations: at each turn those that are due make their steps until each waits. When each is due next
//! stands in the store, so that a turn reads no others, and a few threads are enough for any number.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_gate::Gate;
use keystead_rotation::embedded::{Drive, Embedded, Throttles};
use keystead_rotation::plan;
use keystead_rotation::runner::Tick;
use keystead_rotation::world::JournalError;
use keystead_store::rotations::RotationRecord;

use crate::leader::Leader;

/// Rotations that are read together.
const PAGE: i64 = 200;
/// How many are advanced at once; each waits for the disk or a network most of its time.
const THREADS: usize = 8;
/// Steps of one rotation in one turn; more would keep the others waiting.
const STEPS_MAX: usize = 50;
/// How long to wait where a rotation's journal did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked which rotations are to begin.
const BEGIN: Duration = Duration::from_secs(1);

/// The rotations that this server advances while it leads.
pub(crate) struct Rotations {
    gate: Arc<Gate>,
    leader: Arc<Leader>,
    throttles: Arc<Throttles>,
    /// Those that are not looked at before a time, though they are due: what holds them up is not their own.
    resting: Mutex<BTreeMap<String, Timestamp>>,
    begun_at: Mutex<Timestamp>,
}

impl Rotations {
    pub(crate) fn of(gate: &Arc<Gate>, leader: &Arc<Leader>) -> Self {
        Self {
            gate: Arc::clone(gate),
            leader: Arc::clone(leader),
            throttles: Arc::default(),
            resting: Mutex::default(),
            begun_at: Mutex::default(),
        }
    }

    /// One turn over all that are due.
    pub(crate) fn turn(&self) -> Result<()> {
        let Some(fence) = self.leader.fence() else { return Ok(()) };
        let now = self.gate.clock().now();
        self.begin(fence, now)?;
        lock(&self.resting).retain(|_, until| now < *until);
        let mut last: Option<RotationRecord> = None;
        loop {
            let after = last.take();
            let page = self
                .gate
                .store()
                .read(|tx| tx.rotations().list_due(now, after.as_ref(), PAGE).map_err(Fault::from))?;
            self.advance_all(&page, fence);
            if page.len() < PAGE as usize {
                return Ok(());
            }
            last = page.into_iter().next_back();
        }
    }

    /// Begins the rotations whose time has come.
    fn begin(&self, fence: i64, now: Timestamp) -> Result<()> {
        let mut begun_at = lock(&self.begun_at);
        if now >= *begun_at && now < begun_at.plus(BEGIN) {
            return Ok(());
        }
        *begun_at = now;
        plan::begin_due(&self.gate, fence)
    }

    fn advance_all(&self, page: &[RotationRecord], fence: i64) {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..THREADS.min(page.len()) {
                scope.spawn(|| {
                    while let Some(record) = page.get(next.fetch_add(1, Ordering::Relaxed)) {
                        self.advance_one(record, fence);
                    }
                });
            }
        });
    }

    /// Steps of one rotation until it waits.
    fn advance_one(&self, record: &RotationRecord, fence: i64) {
        if self.leader.fence() != Some(fence) || lock(&self.resting).contains_key(&record.id) {
            return;
        }
        let drive = Drive { fence: Some(fence), throttles: Arc::clone(&self.throttles) };
        if let Some(until) = self.advance(record, &drive) {
            lock(&self.resting).insert(record.id.clone(), until);
        }
    }

    /// Steps until the rotation has written down when it is due next; or until when it rests without having.
    fn advance(&self, record: &RotationRecord, drive: &Drive) -> Option<Timestamp> {
        for _ in 0..STEPS_MAX {
            let now = self.gate.clock().now();
            let ticked =
                Embedded::of(&self.gate, record, drive).and_then(|world| match world.must_wait(now) {
                    Some(until) => Ok(Err(until)),
                    None => world.tick(now).map(Ok),
                });
            match ticked {
                Ok(Ok(Tick::Again)) => {}
                Ok(Ok(Tick::Next(_))) | Err(JournalError::Stale) => return None,
                Ok(Ok(Tick::Ended)) => {
                    tracing::info!(rotation = record.id, "a rotation has ended");
                    return None;
                }
                Ok(Err(until)) => return Some(until),
                Err(error) => {
                    tracing::warn!(rotation = record.id, %error, "a rotation could not go on");
                    return Some(now.plus(PAUSE));
                }
            }
        }
        None
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
