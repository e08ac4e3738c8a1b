//! One connection to PostgreSQL.

use std::collections::HashMap;
use std::error::Error as StdError;

use postgres::error::{DbError, SqlState};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, Error, NoTls, Statement};

use crate::error::{Result, StoreError};
use crate::sql::{Columns, Dialect, Row, Sql, Visit};
use crate::value::{Value, ValueRef};

/// A connection and the statements that were prepared on it.
pub(crate) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Connection {
    pub(super) fn open(config: &Config) -> Result<Self> {
        let client = config.connect(NoTls).map_err(|error| fail(&error))?;
        Ok(Self { client, statements: HashMap::new() })
    }

    /// Refuses a database that sorts text otherwise than by its bytes: pages would not be SQLite's.
    pub(crate) fn check_collation(&mut self) -> Result<()> {
        let collation: Option<String> = (self as &mut dyn Sql).find(
            "select datcollate from pg_database where datname = current_database()",
            &[],
            |row| row.get(0),
        )?;
        match collation.as_deref() {
            Some("C" | "POSIX" | "C.UTF-8" | "C.utf8") => Ok(()),
            other => Err(StoreError::Other(format!(
                "the database has the collation {}; make it with: create database … template template0 lc_collate 'C'",
                other.unwrap_or("unknown")
            ))),
        }
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|error| fail(&error))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Sql for Connection {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let statement = self.prepare(sql)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        self.client.execute(&statement, &values).map_err(|error| fail(&error))
    }

    fn each(&mut self, sql: &str, values: &[Value], visit: &mut Visit<'_>) -> Result<()> {
        let statement = self.prepare(sql)?;
        let mut rows = self.client.query_raw(&statement, values).map_err(|error| fail(&error))?;
        while let Some(row) = rows.next().map_err(|error| fail(&error))? {
            visit(&Row::new(&row))?;
        }
        Ok(())
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).map_err(|error| fail(&error))
    }
}

type Conversion<T> = std::result::Result<T, Box<dyn StdError + Sync + Send>>;

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::I64(number) => number.to_sql_checked(kind, out),
            Self::Text(text) => text.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Each kind of value checks its own.
        true
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for ValueRef<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Conversion<Self> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::I64),
            Type::BYTEA => <&[u8]>::from_sql(kind, raw).map(Self::Bytes),
            _ => <&str>::from_sql(kind, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Conversion<Self> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::BYTEA) || <&str as FromSql>::accepts(kind)
    }
}

impl Columns for postgres::Row {
    fn value(&self, index: usize) -> Result<ValueRef<'_>> {
        self.try_get(index).map_err(|error| StoreError::Corrupt(error.to_string()))
    }
}

/// PostgreSQL's errors in the store's words.
fn fail(error: &Error) -> StoreError {
    match error.as_db_error() {
        Some(reported) => fail_reported(reported),
        // Without a report the connection was lost or never made, unless a value did not fit its column.
        None if error.is_closed() || error.source().is_some_and(<dyn StdError>::is::<std::io::Error>) => {
            StoreError::Unavailable(error.to_string())
        }
        None => StoreError::Other(error.to_string()),
    }
}

fn fail_reported(error: &DbError) -> StoreError {
    let text = format!("{} ({})", error.message(), error.code().code());
    match *error.code() {
        SqlState::FOREIGN_KEY_VIOLATION => StoreError::Constraint("foreign_key".to_owned()),
        SqlState::NOT_NULL_VIOLATION => StoreError::Constraint("not_null".to_owned()),
        SqlState::UNIQUE_VIOLATION | SqlState::CHECK_VIOLATION => {
            StoreError::Constraint(error.constraint().unwrap_or_default().to_owned())
        }
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => StoreError::Conflict(text),
        SqlState::DISK_FULL => StoreError::Full(text),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreError::Corrupt(text),
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::Unavailable(text),
        // Class 08 is every trouble with the connection.
        _ if error.code().code().starts_with("08") => StoreError::Unavailable(text),
        _ => StoreError::Other(text),
    }
}
