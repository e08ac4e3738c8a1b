//! Advancing rotations: at each turn every unfinished one that is due, or has a new order, makes its steps
//! until it waits. When each is due next is kept in memory; after a restart all are looked at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_gate::Gate;
use keystead_rotation::embedded::{Embedded, journal};
use keystead_rotation::runner::Tick;
use keystead_rotation::world::JournalError;
use keystead_store::rotations::RotationRecord;

/// Rotations looked at in one turn.
const ROTATIONS_MAX: i64 = 1000;
/// Steps of one rotation in one turn; more would keep the others waiting.
const STEPS_MAX: usize = 50;
/// How long to wait where a rotation's journal did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// The rotations that run at the embedded authority.
pub(crate) struct Rotations {
    gate: Arc<Gate>,
    due: Mutex<BTreeMap<String, Timestamp>>,
}

impl Rotations {
    pub(crate) fn of(gate: &Arc<Gate>) -> Self {
        Self { gate: Arc::clone(gate), due: Mutex::default() }
    }

    /// One turn over all of them.
    pub(crate) fn turn(&self) -> Result<()> {
        let now = self.gate.clock().now();
        let running =
            self.gate.store().read(|tx| tx.rotations().list_due(now, ROTATIONS_MAX).map_err(Fault::from))?;
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        due.retain(|id, _| running.iter().any(|record| record.id == *id));
        for record in &running {
            let waits = due.get(&record.id).is_some_and(|&at| now < at);
            if waits && !self.has_orders(record)? {
                continue;
            }
            due.insert(record.id.clone(), self.advance(record));
        }
        Ok(())
    }

    /// Steps until the rotation waits; returns until when.
    fn advance(&self, record: &RotationRecord) -> Timestamp {
        for _ in 0..STEPS_MAX {
            let now = self.gate.clock().now();
            match Embedded::of(&self.gate, record).and_then(|world| world.tick(now)) {
                Ok(Tick::Again) => {}
                Ok(Tick::Next(at)) => return at,
                Ok(Tick::Ended) => {
                    tracing::info!(rotation = record.id, "a rotation has ended");
                    return now;
                }
                Err(JournalError::Stale) => return now,
                Err(error) => {
                    tracing::warn!(rotation = record.id, %error, "a rotation could not go on");
                    return now.plus(PAUSE);
                }
            }
        }
        self.gate.clock().now()
    }

    /// Whether an operator ordered something that the rotation has not taken up.
    fn has_orders(&self, record: &RotationRecord) -> Result<bool> {
        let taken = journal::parse(record).map_err(Fault::internal)?.orders.cast_signed();
        let orders =
            self.gate.store().read(|tx| tx.rotations().list_orders(record.account, &record.id, taken));
        Ok(!orders?.is_empty())
    }
}
