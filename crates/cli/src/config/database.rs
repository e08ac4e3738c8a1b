//! `[database]`: where the data is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::installation::{DATA, Location};

/// `[database]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Database {
    /// The data folder: the master key, and the database unless another is named. Default: keystead-data.
    #[arg(long, env = "KEYSTEAD_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PostgreSQL database to use instead of the one in the folder, for example
    /// postgres://keystead@db.example/keystead. Default: none.
    #[arg(long = "database", env = "KEYSTEAD_DATABASE", value_name = "URL", hide_env_values = true)]
    url: Option<String>,
}

impl Database {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self { data: self.data.or(other.data), url: self.url.or(other.url) }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self { data: Some(DATA.into()), url: None }
    }
}

impl From<Database> for Location {
    fn from(database: Database) -> Self {
        Self { data: database.data.unwrap_or_else(|| DATA.into()), database: database.url }
    }
}
