//! Which of several servers advances rotations. One holds a lease in the database; when it does not renew it, another
//! takes it over under a higher fence. On one machine with its own database nobody else can be there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_core::rng::uuid;
use keystead_gate::Gate;
use keystead_store::leaderships::ROTATION;
use keystead_store::{Command, Tx};

/// How long a leader that is gone holds the others up.
const LEASE: Duration = Duration::from_secs(10);
/// A leader that could not renew stops this long before its lease ends.
const MARGIN: Duration = Duration::from_secs(2);
/// How much of a lease is left when it is renewed.
const RENEW_AT: Duration = Duration::from_secs(7);
/// No rotation waits for longer than this without being looked at.
const LOOK_MAX: Duration = Duration::from_mins(10);

/// This server's part in it.
pub(crate) struct Leader {
    gate: Arc<Gate>,
    run: String,
    held: Mutex<Option<Held>>,
}

#[derive(Clone, Copy)]
struct Held {
    fence: i64,
    until: Timestamp,
}

impl Leader {
    pub(crate) fn of(gate: &Arc<Gate>, run: &str) -> Self {
        Self { gate: Arc::clone(gate), run: run.to_owned(), held: Mutex::default() }
    }

    /// The fence under which this server leads now, if it does.
    pub(crate) fn fence(&self) -> Option<i64> {
        let now = self.gate.clock().now();
        self.held().filter(|held| now.plus(MARGIN) < held.until).map(|held| held.fence)
    }

    fn held(&self) -> Option<Held> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, held: Option<Held>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }

    /// Renews the lease, or tries to take it.
    pub(crate) fn turn(&self) -> Result<()> {
        let now = self.gate.clock().now();
        let until = now.plus(LEASE);
        match self.held() {
            Some(held) if now.plus(RENEW_AT) < held.until => Ok(()),
            Some(held) => {
                let fence = held.fence;
                let renewed = self.write(move |tx| tx.leaderships().renew(ROTATION, fence, until))?;
                if !renewed {
                    tracing::warn!("another server advances rotations now");
                }
                self.set(renewed.then_some(Held { fence, until }));
                Ok(())
            }
            None => self.take(now, until),
        }
    }

    fn take(&self, now: Timestamp, until: Timestamp) -> Result<()> {
        let (run, alone) = (self.run.clone(), self.gate.store().is_embedded());
        let taken = self.write(move |tx| {
            let fence = tx.leaderships().take(ROTATION, &run, now, until, alone)?;
            if fence.is_some() {
                tx.rotations().recall(now.plus(LOOK_MAX))?;
            }
            Ok(fence)
        })?;
        if let Some(fence) = taken {
            // What the one before did last must be known before anything is decided.
            self.gate.store().catch_up()?;
            self.set(Some(Held { fence, until }));
            tracing::info!(fence, "this server advances rotations");
        }
        Ok(())
    }

    /// Lets the lease go at a clean stop.
    pub(crate) fn resign(&self) -> Result<()> {
        let Some(Held { fence, .. }) = self.held() else { return Ok(()) };
        self.set(None);
        self.write(move |tx| tx.leaderships().release(ROTATION, fence))
    }

    fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> keystead_store::Result<T> + Send + 'static,
    ) -> Result<T> {
        let command = Command { id: uuid(&**self.gate.rng()), account: None, invocation_id: None };
        self.gate.store().write(command, move |tx| work(tx).map_err(Fault::from))
    }
}
