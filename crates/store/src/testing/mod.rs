//! What tests need of a store, here and in other crates: stores on both engines that clean up after
//! themselves, a clock that is set by hand, and chance that repeats itself.

mod cluster;

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keystead_core::{Clock, Rng, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use tempfile::TempDir;

use crate::error::StoreError;
use crate::lock;
use crate::sql::Sql;
use crate::store::{Database, Options, Store};
use crate::tx::{Command, Tx};

/// Makes a test of a case on each engine: `both! { fn name(store: TestStore) { … } }`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($store:ident: TestStore) $body:block)*) => {$(
        mod $name {
            use super::*;

            fn case($store: $crate::testing::TestStore) $body

            $(#[$meta])*
            #[test]
            fn on_sqlite() {
                case($crate::testing::TestStore::sqlite());
            }

            $(#[$meta])*
            #[test]
            fn on_postgres() {
                case($crate::testing::TestStore::postgres());
            }
        }
    )*};
}

/// Chance that repeats itself.
pub struct SeededRng(Mutex<ChaCha8Rng>);

impl SeededRng {
    /// The same seed gives the same chance.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }
}

impl Rng for SeededRng {
    fn fill(&self, buffer: &mut [u8]) {
        lock(&self.0).fill_bytes(buffer);
    }
}

/// A clock that is set by hand.
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// An open store in a folder of its own, which is removed with it. It can be used as the [`Store`].
pub struct TestStore {
    store: Store,
    options: Options,
    /// The clock the store was opened with; it begins at 2026-01-01.
    pub clock: Arc<TestClock>,
    /// The chance the store was opened with.
    pub rng: Arc<SeededRng>,
    _folder: TempDir,
}

impl TestStore {
    /// A new store in SQLite.
    pub fn sqlite() -> Self {
        let folder = temporary_folder();
        let database = Database::Folder(folder.path().to_owned());
        Self::new(database, folder)
    }

    /// A new store in a new database of a PostgreSQL server that runs as long as this process.
    pub fn postgres() -> Self {
        let folder = temporary_folder();
        let database = Database::Postgres {
            url: cluster::create_database(),
            folder: folder.path().to_owned(),
            connections_max: 8,
        };
        Self::new(database, folder)
    }

    fn new(database: Database, folder: TempDir) -> Self {
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(1_767_225_600)));
        let rng = Arc::new(SeededRng::new(1));
        let options = Options { database };
        let store = Store::open(options.clone(), clock.clone(), rng.clone()).expect("the store opens");
        Self { store, options, clock, rng, _folder: folder }
    }

    /// What the store was opened with.
    pub fn options(&self) -> Options {
        self.options.clone()
    }

    /// Opens the data once more, which succeeds only after [`Store::close`].
    pub fn open_again(&self) -> Result<Store, StoreError> {
        Store::open(self.options(), self.clock.clone(), self.rng.clone())
    }

    /// Closes the store and opens it again.
    pub fn reopen(mut self) -> Self {
        self.store.close().expect("the store closes");
        self.store = self.open_again().expect("the store opens again");
        self
    }

    /// A command with a drawn id.
    pub fn command(&self) -> Command {
        Command { id: keystead_core::rng::uuid(&*self.rng), account: None, invocation_id: None }
    }

    /// Writes under a drawn command id, and expects it to succeed.
    pub fn run<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(self.command(), work).expect("the command succeeds")
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// The connection under a transaction, for statements that only tests run.
pub fn sql<'t>(tx: &'t mut Tx<'_>) -> &'t mut dyn Sql {
    tx.sql()
}

fn temporary_folder() -> TempDir {
    tempfile::Builder::new().prefix("keystead-").tempdir().expect("a temporary folder can be made")
}
