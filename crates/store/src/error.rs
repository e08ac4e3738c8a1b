//! What can go wrong in the store, in its own words. Nothing here is an answer to a client: the crates
//! above decide that, mostly by the name of a constraint.

/// The result of anything the store does.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the store could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A constraint of this name was broken; `foreign_key` and `not_null` stand for those without a name.
    #[error("the constraint {0} was broken")]
    Constraint(String),
    /// A command with this id has been committed before: its reply is in the change table.
    #[error("the command {0} was committed before")]
    Replayed(String),
    /// Lost to another transaction more often than is tried again.
    #[error("the transaction lost to another one: {0}")]
    Conflict(String),
    /// The database cannot be reached or has stopped; nothing was done.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The command may have been done, or was done but is not in force yet. Sent again with the same id it
    /// is either done or answered by [`StoreError::Replayed`].
    #[error("what became of the command is not settled: {0}")]
    Unsettled(String),
    /// No room is left; nothing was done.
    #[error("the database is full: {0}")]
    Full(String),
    /// Something read from the database or the data folder is not what was written there.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// A newer release has been at work on this database.
    #[error("the database is at migration {found}, this binary knows up to {known}: use the newer binary")]
    Newer {
        /// The newest migration that was applied.
        found: i64,
        /// The newest migration this binary has.
        known: i64,
    },
    /// Another process holds the data folder.
    #[error("the data folder {folder} is in use by process {pid}")]
    InUse {
        /// The folder.
        folder: String,
        /// The id of the process that holds it, as it wrote it down.
        pid: String,
    },
    /// A secret could not be sealed or opened, or the master key may not be used.
    #[error("sealing: {0}")]
    Sealed(String),
    /// Anything else: a mistake in a statement, a panic in a command.
    #[error("the store failed: {0}")]
    Other(String),
}

impl StoreError {
    /// The name of the constraint that was broken, if that is what happened.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Constraint(name) => Some(name),
            _ => None,
        }
    }
}

/// Gives a broken constraint the meaning it has for the caller.
pub trait OnConstraint<T> {
    /// `fault` where the constraint `name` was broken, any other error as it is.
    fn on_constraint<E: From<StoreError>>(self, name: &str, fault: impl FnOnce() -> E) -> Result<T, E>;
}

impl<T> OnConstraint<T> for Result<T> {
    fn on_constraint<E: From<StoreError>>(self, name: &str, fault: impl FnOnce() -> E) -> Result<T, E> {
        self.map_err(|error| if error.constraint() == Some(name) { fault() } else { error.into() })
    }
}
