//! One run of a command in an open transaction, the same on both engines.

use std::panic::{AssertUnwindSafe, catch_unwind};

use keystead_core::Timestamp;

use crate::changes;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::tx::{Command, Touched, Tx};

/// What a command does. It may be run more than once, and only the last run counts.
pub(crate) trait Work<T, E>: FnMut(&mut Tx<'_>) -> Result<T, E> {}

impl<T, E, F: FnMut(&mut Tx<'_>) -> Result<T, E>> Work<T, E> for F {}

/// What a run came to. The transaction is to be kept only where `result` is Ok.
pub(crate) struct Attempt<T, E> {
    pub(crate) result: Result<T, E>,
    /// The first error of the database, whatever the command made of it.
    pub(crate) cause: Option<StoreError>,
    pub(crate) touched: Vec<Touched>,
}

impl<T, E: From<StoreError>> Attempt<T, E> {
    fn failed(error: StoreError) -> Self {
        Self { result: Err(error.clone().into()), cause: Some(error), touched: Vec::new() }
    }
}

/// Enters the command in the change table, runs its work, and records what that touched.
pub(crate) fn attempt<T, E: From<StoreError>>(
    sql: &mut dyn Sql,
    command: &Command,
    now: Timestamp,
    work: &mut impl Work<T, E>,
) -> Attempt<T, E> {
    if let Err(error) = changes::claim(sql, command, now) {
        return Attempt::failed(error);
    }
    let mut tx = Tx::writing(sql, &command.id);
    let run = catch_unwind(AssertUnwindSafe(|| work(&mut tx)));
    let (cause, touched) = tx.into_outcome();
    match (run, cause) {
        (Err(_), _) => Attempt::failed(StoreError::Other("a command panicked".to_owned())),
        (Ok(Err(error)), cause) => Attempt { result: Err(error), cause, touched: Vec::new() },
        // A command that goes on after an error of the database cannot have meant to be committed.
        (Ok(Ok(_)), Some(error)) => Attempt::failed(error),
        (Ok(Ok(value)), None) => match changes::record(sql, command, &touched) {
            Ok(()) => Attempt { result: Ok(value), cause: None, touched },
            Err(error) => Attempt::failed(error),
        },
    }
}
