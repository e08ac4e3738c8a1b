//! The store: opening it, reading from it, and writing to it.
//!
//! What a commit is, on either engine: [`Store::write`] returns Ok only when the command is durable and
//! the listener has read again what it touched. An error means that nothing was done, except
//! [`StoreError::Replayed`], where it was done before, and [`StoreError::Unsettled`].

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use keystead_core::{Clock, Rng, Timestamp};

use crate::announcer::{Announcer, CommitListener};
use crate::error::{Result, StoreError};
use crate::folder::DataFolder;
use crate::postgres::{self, Postgres};
use crate::sealing::{self, FileMasterKey, Sealer};
use crate::sql::Sql;
use crate::sqlite::{self, Sqlite};
use crate::statistics::{Counters, Statistics};
use crate::tx::{Command, Tx};
use crate::{installation, lock, migrations};

/// How many changes of other nodes are read at once.
const CHANGES_MAX: i64 = 1000;

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    /// Where the data is.
    pub database: Database,
}

/// Where the data is.
#[derive(Clone)]
pub enum Database {
    /// In a folder of this machine, in SQLite.
    Folder(PathBuf),
    /// In PostgreSQL; the folder still has the master key.
    Postgres {
        /// `postgres://user@host/database`, or `host=… dbname=…`.
        url: String,
        /// The data folder.
        folder: PathBuf,
        /// How many transactions run at once; 8 is plenty for one node.
        connections_max: usize,
    },
}

/// An open store. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

/// Fields are dropped in this order: the engine ends before the folder is let go.
struct Inner {
    engine: Engine,
    announcer: Arc<Announcer>,
    counters: Arc<Counters>,
    setup: Setup,
    /// The number of the last change of another node that the listener was told.
    followed: Mutex<i64>,
    folder: DataFolder,
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Box<Postgres>),
}

/// What is read from the database once, when it is opened.
struct Setup {
    installation: String,
    sealer: Sealer,
}

impl Store {
    /// Opens a store: holds its folder, brings its tables up to date, unwraps its data keys. A new
    /// database gets a marker and keys.
    pub fn open(options: Options, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Self> {
        let (announcer, counters) = (Arc::<Announcer>::default(), Arc::<Counters>::default());
        let now = clock.now();
        let (engine, setup, folder) = match options.database {
            Database::Folder(path) => {
                let folder = DataFolder::lock(&path)?;
                let mut connection = sqlite::Connection::writer(&path)?;
                let setup = Setup::of(&mut connection, &path, now, &*rng)?;
                let engine =
                    Sqlite::start(connection, &path, Arc::clone(&announcer), clock, Arc::clone(&counters))?;
                (Engine::Sqlite(engine), setup, folder)
            }
            Database::Postgres { url, folder: path, connections_max } => {
                let folder = DataFolder::lock(&path)?;
                let pool = postgres::Pool::new(&url, connections_max)?;
                let mut connection = pool.open()?;
                connection.check_collation()?;
                let setup = Setup::of(&mut connection, &path, now, &*rng)?;
                let engine = Postgres::start(pool, Arc::clone(&announcer), clock, Arc::clone(&counters));
                (Engine::Postgres(Box::new(engine)), setup, folder)
            }
        };
        let store =
            Self(Arc::new(Inner { engine, announcer, counters, setup, followed: Mutex::new(0), folder }));
        // Whoever listens reads everything once, and from then on what changes after this.
        *lock(&store.0.followed) = store.read(|tx| tx.changes().newest())?;
        Ok(store)
    }

    /// Sets who hears of commits.
    pub fn set_listener(&self, listener: Arc<dyn CommitListener>) {
        self.0.announcer.set_listener(listener);
    }

    /// Reads on the calling thread, which must be one that may block, in one snapshot of the database.
    /// Do not read or write within `work`.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.read(work),
            Engine::Postgres(engine) => engine.read(work),
        }
    }

    /// Runs a command and returns when it is durable and in force. `work` may be run more than once, and
    /// only its last run counts; where it fails or panics, nothing of it is kept. Do not read or write
    /// within it but through its transaction.
    pub fn write<T, E>(
        &self,
        command: Command,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.write(command, work),
            Engine::Postgres(engine) => engine.write(&command, work),
        }
    }

    /// Tells the listener what other nodes have committed since this was last done. Nothing is to be told where the
    /// data is in this machine's folder.
    pub fn catch_up(&self) -> Result<()> {
        let Engine::Postgres(engine) = &self.0.engine else { return Ok(()) };
        let mut followed = lock(&self.0.followed);
        loop {
            let changes = engine.read(|tx| tx.changes().since(*followed, CHANGES_MAX))?;
            let Some(last) = changes.last().map(|change| change.number) else { return Ok(()) };
            let touched = changes.into_iter().flat_map(|change| change.touched).collect();
            if let Some(turn) = self.0.announcer.turn(touched) {
                engine.read(|tx| turn.tell(tx.sql()))?;
            }
            *followed = last;
        }
    }

    /// Finishes what is queued, closes the database, and lets the folder go. Later calls are refused.
    pub fn close(&self) -> Result<()> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.close()?,
            Engine::Postgres(engine) => engine.close(),
        }
        self.0.folder.unlock()
    }

    /// The marker drawn when the database was new; secrets carry a checksum over it.
    pub fn installation(&self) -> &str {
        &self.0.setup.installation
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.0.folder.path()
    }

    /// What seals and opens secrets.
    pub fn sealer(&self) -> &Sealer {
        &self.0.setup.sealer
    }

    /// Whether the data is in this machine's folder, so that no other node can change it.
    pub fn is_embedded(&self) -> bool {
        matches!(self.0.engine, Engine::Sqlite(_))
    }

    /// How much was committed since the store was opened.
    pub fn statistics(&self) -> Statistics {
        self.0.counters.read()
    }
}

impl Setup {
    /// Brings the tables up to date, and reads or makes what the installation needs.
    fn of(sql: &mut dyn Sql, folder: &Path, now: Timestamp, rng: &dyn Rng) -> Result<Self> {
        migrations::migrate(sql, now)?;
        migrations::exclusively(sql, |sql| {
            let has_data = installation::find(sql)?.is_some();
            let master = FileMasterKey::load_or_create(folder, has_data, rng)?;
            let sealer = sealing::load_or_create(sql, &master, now, rng)?;
            let installation = installation::find_or_insert(sql, now, rng)?;
            Ok(Self { installation, sealer })
        })
    }
}
