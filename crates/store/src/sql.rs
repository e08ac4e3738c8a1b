//! The small trait behind which both drivers stand.
//!
//! A statement is one text for both engines. Its placeholders `$1 … $n` first appear in ascending order,
//! because SQLite numbers them by appearance and PostgreSQL by their digits.

use crate::error::Result;
use crate::value::{FromValue, Value, ValueRef};

/// Which engine a statement runs on, for the few statements that only one of them needs or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded engine: one writer, so rows need no locks.
    Sqlite,
    /// PostgreSQL: many writers, so rows that an invariant rests on are locked.
    Postgres,
}

/// An open connection.
pub trait Sql {
    /// Which engine this is.
    fn dialect(&self) -> Dialect;

    /// Runs one statement and tells how many rows it changed.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64>;

    /// Runs one query and hands its rows over one by one, without collecting them.
    fn each(&mut self, sql: &str, values: &[Value], visit: &mut Visit<'_>) -> Result<()>;

    /// Runs several statements without values: a migration, the bounds of a transaction.
    fn batch(&mut self, sql: &str) -> Result<()>;
}

/// What is done with each row of a query; an error ends the query.
pub type Visit<'v> = dyn FnMut(&Row<'_>) -> Result<()> + 'v;

impl dyn Sql + '_ {
    /// All rows of a query, each made into a record.
    pub(crate) fn list<T>(
        &mut self,
        sql: &str,
        values: &[Value],
        record: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut records = Vec::new();
        self.each(sql, values, &mut |row| {
            records.push(record(row)?);
            Ok(())
        })?;
        Ok(records)
    }

    /// The only row of a query, if there is one.
    pub(crate) fn find<T>(
        &mut self,
        sql: &str,
        values: &[Value],
        record: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.list(sql, values, record).map(|mut records| records.pop())
    }
}

/// A row as its driver has it.
pub(crate) trait Columns {
    /// The value of a column, counted from 0.
    fn value(&self, index: usize) -> Result<ValueRef<'_>>;
}

/// A row, valid until the next one is read.
pub struct Row<'r>(&'r dyn Columns);

impl<'r> Row<'r> {
    pub(crate) fn new(columns: &'r dyn Columns) -> Self {
        Self(columns)
    }

    /// The value of a column, counted from 0.
    pub fn get<T: FromValue<'r>>(&self, index: usize) -> Result<T> {
        T::from_value(self.0.value(index)?)
    }
}
