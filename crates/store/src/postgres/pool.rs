//! A small pool of connections.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use postgres::Config;

use super::connection::Connection;
use crate::error::{Result, StoreError};
use crate::lock;
use crate::sql::Sql;

/// Connections to one database.
pub(crate) struct Pool {
    config: Config,
    in_use_max: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    in_use: usize,
    closed: bool,
}

/// A connection with an open transaction. Dropped unfinished, for a panic or an error, it is closed.
pub(super) struct Loan<'p> {
    pub(super) connection: Connection,
    permit: Permit<'p>,
}

/// The right to have one connection in use.
struct Permit<'p>(&'p Pool);

impl Pool {
    /// A pool for this database, which is not connected to yet.
    pub(crate) fn new(url: &str, in_use_max: usize) -> Result<Self> {
        let mut config: Config = url
            .parse()
            .map_err(|error| StoreError::Other(format!("the address of the database: {error}")))?;
        config
            .application_name("keystead")
            .connect_timeout(Duration::from_secs(5))
            .tcp_user_timeout(Duration::from_secs(10));
        Ok(Self { config, in_use_max: in_use_max.max(1), state: Mutex::default(), changed: Condvar::new() })
    }

    /// A connection outside the pool, for setting up the database.
    pub(crate) fn open(&self) -> Result<Connection> {
        Connection::open(&self.config)
    }

    /// Waits for a connection and begins a transaction on it.
    pub(super) fn begin(&self, statement: &str) -> Result<Loan<'_>> {
        let permit = self.permit()?;
        let idle = lock(&self.state).idle.pop();
        if let Some(mut connection) = idle {
            match connection.batch(statement) {
                Ok(()) => return Ok(Loan { connection, permit }),
                // What ended this connection has most likely ended the other idle ones too.
                Err(StoreError::Unavailable(_)) => lock(&self.state).idle.clear(),
                Err(error) => return Err(error),
            }
        }
        let mut connection = self.open()?;
        connection.batch(statement)?;
        Ok(Loan { connection, permit })
    }

    fn permit(&self) -> Result<Permit<'_>> {
        let full = |state: &mut State| !state.closed && state.in_use >= self.in_use_max;
        let waited = self.changed.wait_while(lock(&self.state), full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(StoreError::Unavailable("the store is closed".to_owned()));
        }
        state.in_use += 1;
        Ok(Permit(self))
    }

    /// Waits, unless the pool is closed meanwhile.
    pub(super) fn pause(&self, pause: Duration) {
        let open = |state: &mut State| !state.closed;
        drop(self.changed.wait_timeout_while(lock(&self.state), pause, open));
    }

    /// Closes the idle connections, and those in use when they come back.
    pub(super) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        state.idle.clear();
        self.changed.notify_all();
    }
}

impl Loan<'_> {
    /// Ends the transaction and gives the connection back; closes it if that fails.
    pub(super) fn finish(mut self, statement: &str) -> Result<()> {
        self.connection.batch(statement)?;
        let mut state = lock(&self.permit.0.state);
        if !state.closed {
            state.idle.push(self.connection);
        }
        Ok(())
    }

    /// Ends a transaction of which nothing is to be kept.
    pub(super) fn discard(self) {
        // Where the connection is lost, the transaction is lost with it.
        let _ = self.finish("rollback");
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).in_use -= 1;
        self.0.changed.notify_all();
    }
}
