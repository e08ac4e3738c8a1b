//! The writer thread: group commit.
//!
//! Everything that waits is run in one transaction, each command in a savepoint of its own, and made
//! durable by one COMMIT. A command that fails undoes its savepoint and nothing else. If the COMMIT fails,
//! all have failed, those that were refused included: the reason may be something that was not kept.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use keystead_core::{Clock, Timestamp};

use super::Connection;
use crate::announcer::{Announcer, not_in_force};
use crate::command::{self, Work};
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::statistics::Counters;
use crate::tx::{Command, Touched};

/// How many commands one COMMIT makes durable at most.
const BATCH_MAX: usize = 512;

/// A queued command whose types the writer need not know.
pub(super) trait Job: Send {
    /// Runs it in the open savepoint; true if the savepoint is to be kept.
    fn run(&mut self, sql: &mut dyn Sql, now: Timestamp) -> bool;

    /// What it touched; asked for once.
    fn take_touched(&mut self) -> Vec<Touched>;

    /// Answers the caller: with what the run gave, or with why nothing of the batch was kept.
    fn answer(self: Box<Self>, fate: Result<()>);
}

/// A command with its work, its outcome and the caller who waits.
pub(super) struct Queued<T, E, W> {
    command: Command,
    work: W,
    outcome: Option<Result<T, E>>,
    touched: Vec<Touched>,
    caller: SyncSender<Result<T, E>>,
}

impl<T, E, W> Queued<T, E, W> {
    pub(super) fn new(command: Command, work: W, caller: SyncSender<Result<T, E>>) -> Self {
        Self { command, work, outcome: None, touched: Vec::new(), caller }
    }
}

impl<T, E, W> Job for Queued<T, E, W>
where
    T: Send,
    E: From<StoreError> + Send,
    W: Work<T, E> + Send,
{
    fn run(&mut self, sql: &mut dyn Sql, now: Timestamp) -> bool {
        let attempt = command::attempt(sql, &self.command, now, &mut self.work);
        let kept = attempt.result.is_ok();
        self.touched = attempt.touched;
        self.outcome = Some(attempt.result);
        kept
    }

    fn take_touched(&mut self) -> Vec<Touched> {
        std::mem::take(&mut self.touched)
    }

    fn answer(self: Box<Self>, fate: Result<()>) {
        let not_run = || Err(StoreError::Other("the command was not run".to_owned()).into());
        let Self { outcome, caller, .. } = *self;
        // A caller who no longer waits needs no answer.
        let _ = caller.send(fate.map_err(E::from).and_then(|()| outcome.unwrap_or_else(not_run)));
    }
}

/// The thread's state.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) announcer: Arc<Announcer>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counters: Arc<Counters>,
}

impl Writer {
    /// Takes commands until nobody can send any.
    pub(super) fn run(mut self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            let mut batch = vec![first];
            batch.extend(queue.try_iter().take(BATCH_MAX - 1));
            let fate = self.commit(&mut batch).and_then(|kept| {
                self.counters.add(kept);
                self.announce(&mut batch).map_err(|reason| not_in_force(&reason))
            });
            for job in batch {
                job.answer(fate.clone());
            }
        }
    }

    /// Runs and commits a batch, and tells how many of its commands were kept.
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<u64> {
        self.run_all(batch).inspect_err(|_| {
            // Fails where SQLite has already rolled back, which is as well.
            let _ = self.connection.execute("rollback", &[]);
        })
    }

    fn run_all(&mut self, batch: &mut [Box<dyn Job>]) -> Result<u64> {
        let mut kept = 0;
        self.connection.execute("begin immediate", &[])?;
        for job in batch {
            self.connection.execute("savepoint command", &[])?;
            if job.run(&mut self.connection, self.clock.now()) {
                kept += 1;
            } else if self.connection.has_lost_transaction() {
                return Err(StoreError::Full("the disk is full or failing; nothing was done".to_owned()));
            } else {
                self.connection.execute("rollback to command", &[])?;
            }
            self.connection.execute("release command", &[])?;
        }
        self.connection.execute("commit", &[])?;
        Ok(kept)
    }

    /// Tells the listener what the batch touched, in a read of what is now committed.
    fn announce(&mut self, batch: &mut [Box<dyn Job>]) -> Result<()> {
        let touched = batch.iter_mut().flat_map(|job| job.take_touched()).collect();
        let Some(turn) = self.announcer.turn(touched) else { return Ok(()) };
        self.connection.execute("begin", &[])?;
        let told = turn.tell(&mut self.connection);
        self.connection.execute("commit", &[])?;
        told
    }
}
