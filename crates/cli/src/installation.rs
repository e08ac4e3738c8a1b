//! Opening the installation's own store, for the commands that work on the data folder.

use std::path::PathBuf;
use std::sync::Arc;

use keystead_authority::account;
use keystead_core::{Clock, Rng};
use keystead_store::{Database, Options, Store};

use crate::clock::SystemClock;
use crate::failure::{Failure, Kind};
use crate::random::SystemRng;

/// The data folder unless told otherwise.
pub(crate) const DATA: &str = "keystead-data";

/// Where an installation's data is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Location {
    /// The data folder: the master key, and the database unless `--database` names another.
    #[arg(long, env = "KEYSTEAD_DATA", value_name = "DIR", default_value = DATA)]
    pub(crate) data: PathBuf,
    /// A PostgreSQL database to use instead of the one in the folder, for example
    /// postgres://keystead@db.example/keystead.
    #[arg(long, env = "KEYSTEAD_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
}

/// What lies in a data folder.
const MASTER_KEY: &str = "master.key";
const DATABASE: &str = "keystead.db";

/// Transactions that run at once on PostgreSQL.
const CONNECTIONS_MAX: usize = 8;

/// An open installation and what it runs on.
pub(crate) struct Installation {
    /// Its store.
    pub(crate) store: Store,
    /// The system's clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The system's chance.
    pub(crate) rng: Arc<dyn Rng>,
}

impl Location {
    /// Opens the installation, which must have been made before.
    pub(crate) fn open(&self) -> Result<Installation, Failure> {
        let is_missing = |name: &str| !self.data.join(name).exists();
        // Where only the master key is gone, the store says so: to make another one would be wrong advice.
        if self.database.is_none() && is_missing(MASTER_KEY) && is_missing(DATABASE) {
            return Err(self.not_made());
        }
        let installation = self.open_or_make()?;
        if account::list(&installation.store)?.is_empty() {
            return Err(self.not_made());
        }
        Ok(installation)
    }

    fn not_made(&self) -> Failure {
        let data = self.data.display();
        let text = format!(
            "There is no installation in {data}. Make one: keystead init --data {data} --root-email you@example.com"
        );
        Failure::new(Kind::NotFound, text)
    }

    /// Opens the installation, and makes the folder and what belongs in it where it is new.
    pub(crate) fn open_or_make(&self) -> Result<Installation, Failure> {
        let (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>) = (Arc::new(SystemClock), Arc::new(SystemRng));
        let database = match &self.database {
            None => Database::Folder(self.data.clone()),
            Some(url) => Database::Postgres {
                url: url.clone(),
                folder: self.data.clone(),
                connections_max: CONNECTIONS_MAX,
            },
        };
        let store = Store::open(Options { database }, Arc::clone(&clock), Arc::clone(&rng))?;
        Ok(Installation { store, clock, rng })
    }
}
