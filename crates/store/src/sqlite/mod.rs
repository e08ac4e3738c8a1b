//! The embedded engine: one file, one connection that writes, as many that read as there are readers.

mod connection;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use keystead_core::Clock;

pub(crate) use connection::Connection;

use crate::announcer::Announcer;
use crate::command::Work;
use crate::error::{Result, StoreError};
use crate::lock;
use crate::sql::Sql;
use crate::statistics::Counters;
use crate::tx::{Command, Tx};
use writer::{Job, Queued, Writer};

/// How many connections are kept for the next readers.
const READERS_KEPT_MAX: usize = 16;

/// The running engine.
pub(crate) struct Sqlite {
    folder: PathBuf,
    /// None when the engine is closed.
    running: Mutex<Option<Running>>,
    readers: Mutex<Vec<Connection>>,
}

struct Running {
    queue: Sender<Box<dyn Job>>,
    thread: JoinHandle<()>,
}

impl Sqlite {
    /// Hands the connection that has set up the database to the writer thread.
    pub(crate) fn start(
        mut connection: Connection,
        folder: &Path,
        announcer: Arc<Announcer>,
        clock: Arc<dyn Clock>,
        counters: Arc<Counters>,
    ) -> Result<Self> {
        connection.learn_constraints()?;
        let (queue, jobs) = std::sync::mpsc::channel();
        let writer = Writer { connection, announcer, clock, counters };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(&jobs))
            .map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(Self {
            folder: folder.to_owned(),
            running: Mutex::new(Some(Running { queue, thread })),
            readers: Mutex::new(Vec::new()),
        })
    }

    /// Reads on the calling thread, in one snapshot.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if lock(&self.running).is_none() {
            return Err(closed().into());
        }
        let kept = lock(&self.readers).pop();
        let mut reader = kept.map_or_else(|| Connection::reader(&self.folder), Ok)?;
        reader.execute("begin", &[])?;
        // Where the work fails or panics, the connection is closed, and its transaction with it.
        let value = work(&mut Tx::reading(&mut reader))?;
        reader.execute("commit", &[])?;
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_KEPT_MAX {
            readers.push(reader);
        }
        Ok(value)
    }

    /// Queues a command and waits until it is durable or has failed.
    pub(crate) fn write<T, E, W>(&self, command: Command, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: Work<T, E> + Send + 'static,
    {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let job = Box::new(Queued::new(command, work, answer));
        match &*lock(&self.running) {
            Some(running) => running.queue.send(job).map_err(|_| stopped())?,
            None => return Err(closed().into()),
        }
        answered.recv().map_err(|_| stopped())?
    }

    /// Ends the writer after what is queued, and closes all connections.
    pub(crate) fn close(&self) -> Result<()> {
        let Some(Running { queue, thread }) = lock(&self.running).take() else {
            return Ok(());
        };
        drop(queue);
        lock(&self.readers).clear();
        thread.join().map_err(|_| stopped())
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // The writer ends by itself once its queue is gone; waiting keeps the folder locked until then.
        let _ = self.close();
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

fn stopped() -> StoreError {
    StoreError::Unsettled("the writer has stopped".to_owned())
}
