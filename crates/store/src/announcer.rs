//! Tells the listener what commits touched, one at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::error::{Result, StoreError};
use crate::lock;
use crate::sql::Sql;
use crate::tx::{Touched, Tx};

/// Hears of every commit after it is durable and before anyone is answered.
pub trait CommitListener: Send + Sync {
    /// Reads what was touched again; `tx` sees the committed state, so that the last call always leaves
    /// the newest state, whatever the order of the commits was. After an error the same things are named
    /// again in the next call, and whoever waits for the commit is told that it is not in force yet.
    fn committed(&self, tx: &mut Tx<'_>, touched: &[Touched]) -> Result<()>;
}

/// The listener, and what it could not be told yet.
#[derive(Default)]
pub(crate) struct Announcer(Mutex<State>);

#[derive(Default)]
struct State {
    listener: Option<Arc<dyn CommitListener>>,
    untold: Vec<Touched>,
}

/// The right to tell. Take it before the transaction that is told from: else an older state could be told
/// after a newer one.
pub(crate) struct Turn<'a> {
    listener: Arc<dyn CommitListener>,
    state: MutexGuard<'a, State>,
}

impl Announcer {
    pub(crate) fn set_listener(&self, listener: Arc<dyn CommitListener>) {
        lock(&self.0).listener = Some(listener);
    }

    /// Waits for the turn to tell `touched` and what is left from before; none if there is nothing to tell.
    pub(crate) fn turn(&self, touched: Vec<Touched>) -> Option<Turn<'_>> {
        let mut state = lock(&self.0);
        let listener = state.listener.clone()?;
        state.untold.extend(touched);
        if state.untold.is_empty() { None } else { Some(Turn { listener, state }) }
    }
}

impl Turn<'_> {
    /// Tells the listener, from a transaction that was begun after the turn was taken.
    pub(crate) fn tell(mut self, sql: &mut dyn Sql) -> Result<()> {
        let mut tx = Tx::reading(sql);
        let told = catch_unwind(AssertUnwindSafe(|| self.listener.committed(&mut tx, &self.state.untold)));
        told.unwrap_or_else(|_| Err(StoreError::Other("the listener panicked".to_owned())))?;
        self.state.untold.clear();
        Ok(())
    }
}

/// What a caller is told whose command is committed, but not told to the listener.
pub(crate) fn not_in_force(reason: &StoreError) -> StoreError {
    StoreError::Unsettled(format!("it was done but is not in force yet: {reason}"))
}
