//! PostgreSQL: each transaction runs on the calling thread, on a connection from a small pool.
//!
//! The threads that call must be allowed to block: `postgres` brings a runtime of its own and cannot be
//! called from within another one's workers.

mod connection;
mod pool;

use std::sync::Arc;
use std::time::Duration;

use keystead_core::Clock;

use crate::announcer::{Announcer, not_in_force};
use crate::command::{self, Attempt, Work};
use crate::error::{Result, StoreError};
use crate::statistics::Counters;
use crate::tx::{Command, Touched, Tx};
pub(crate) use pool::Pool;

const BEGIN_READ: &str = "begin isolation level repeatable read read only";
const BEGIN_WRITE: &str = "begin isolation level read committed";

/// How often a command that lost to another one is run.
const CONFLICTS_MAX: u32 = 16;
/// How often a connection that was lost is replaced for the same command.
const LOSSES_MAX: u32 = 5;
/// How long to wait before the first replacement; each further wait is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// The running engine.
pub(crate) struct Postgres {
    pool: Pool,
    announcer: Arc<Announcer>,
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
}

/// How one try to run and commit a command ended.
enum Outcome<T, E> {
    Committed(T, Vec<Touched>),
    /// The connection was lost after COMMIT was sent: it may have been done or not.
    Unsettled(T, Vec<Touched>, StoreError),
    Failed(E, Option<StoreError>),
}

impl Postgres {
    pub(crate) fn start(
        pool: Pool,
        announcer: Arc<Announcer>,
        clock: Arc<dyn Clock>,
        counters: Arc<Counters>,
    ) -> Self {
        Self { pool, announcer, clock, counters }
    }

    /// Reads on the calling thread, in one snapshot.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut loan = self.pool.begin(BEGIN_READ)?;
        let result = work(&mut Tx::reading(&mut loan.connection));
        loan.discard();
        result
    }

    /// Runs a command until it is durable or has failed.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        command: &Command,
        mut work: impl Work<T, E>,
    ) -> Result<T, E> {
        let (mut conflicts, mut losses) = (0, 0);
        // The value of a run whose COMMIT was sent and not answered.
        let mut unsettled = None;
        loop {
            let (error, cause) = match self.try_write(command, &mut work) {
                Outcome::Committed(value, touched) => return self.announce(value, touched),
                Outcome::Unsettled(value, touched, cause) => {
                    unsettled = Some((value, touched));
                    (cause.clone().into(), Some(cause))
                }
                Outcome::Failed(error, cause) => (error, cause),
            };
            match (cause, unsettled.take()) {
                // The id is taken, by the COMMIT that this caller sent: so it was done.
                (Some(StoreError::Replayed(_)), Some((value, touched))) => {
                    return self.announce(value, touched);
                }
                (Some(StoreError::Conflict(_)), sent) if conflicts < CONFLICTS_MAX => {
                    conflicts += 1;
                    unsettled = sent;
                }
                (Some(StoreError::Unavailable(_)), sent) if losses < LOSSES_MAX => {
                    losses += 1;
                    unsettled = sent;
                    self.pool.pause(PAUSE * 2_u32.pow(losses));
                }
                (Some(cause @ (StoreError::Conflict(_) | StoreError::Unavailable(_))), Some(_)) => {
                    return Err(StoreError::Unsettled(cause.to_string()).into());
                }
                _ => return Err(error),
            }
        }
    }

    fn try_write<T, E: From<StoreError>>(
        &self,
        command: &Command,
        work: &mut impl Work<T, E>,
    ) -> Outcome<T, E> {
        let mut loan = match self.pool.begin(BEGIN_WRITE) {
            Ok(loan) => loan,
            Err(error) => return Outcome::Failed(error.clone().into(), Some(error)),
        };
        let Attempt { result, cause, touched } =
            command::attempt(&mut loan.connection, command, self.clock.now(), work);
        match result {
            Err(error) => {
                loan.discard();
                Outcome::Failed(error, cause)
            }
            Ok(value) => match loan.finish("commit") {
                Ok(()) => Outcome::Committed(value, touched),
                Err(lost @ StoreError::Unavailable(_)) => Outcome::Unsettled(value, touched, lost),
                Err(error) => Outcome::Failed(error.clone().into(), Some(error)),
            },
        }
    }

    /// Counts a commit and tells the listener of it, before its caller is answered.
    fn announce<T, E: From<StoreError>>(&self, value: T, touched: Vec<Touched>) -> Result<T, E> {
        self.counters.add(1);
        let mut told = self.tell(touched);
        for loss in 0..LOSSES_MAX {
            if told.is_ok() {
                break;
            }
            self.pool.pause(PAUSE * 2_u32.pow(loss));
            told = self.tell(Vec::new());
        }
        told.map(|()| value).map_err(|reason| not_in_force(&reason).into())
    }

    fn tell(&self, touched: Vec<Touched>) -> Result<()> {
        let Some(turn) = self.announcer.turn(touched) else { return Ok(()) };
        let mut loan = self.pool.begin(BEGIN_READ)?;
        let told = turn.tell(&mut loan.connection);
        loan.discard();
        told
    }

    /// Closes the connections; those in use, when they are given back.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}
