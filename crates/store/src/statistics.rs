//! How much was committed, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Commands that were committed.
    pub commits: u64,
    /// COMMITs that made them durable: fewer, where several commands shared one.
    pub batches: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    commits: AtomicU64,
    batches: AtomicU64,
}

impl Counters {
    /// Counts one COMMIT of so many commands.
    pub(crate) fn add(&self, commands: u64) {
        self.commits.fetch_add(commands, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Statistics {
        Statistics {
            commits: self.commits.load(Ordering::Relaxed),
            batches: self.batches.load(Ordering::Relaxed),
        }
    }
}
