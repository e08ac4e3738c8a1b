//! One connection to a SQLite file.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef as SqliteValue};
use rusqlite::{Error, ErrorCode, OpenFlags, Statement, ToSql, ffi};

use crate::error::{Result, StoreError};
use crate::sql::{Columns, Dialect, Row, Sql, Visit};
use crate::value::{Value, ValueRef};

/// Older releases can lose commits in WAL mode.
const VERSION_MIN: i32 = 3_051_003;
const STATEMENTS_MAX: usize = 256;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection, and the names of the unique indexes, which SQLite's messages do not give.
pub(crate) struct Connection {
    inner: rusqlite::Connection,
    unique: HashMap<String, String>,
}

/// Where the database lies in its folder.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("keystead.db")
}

impl Connection {
    /// The one connection that writes; makes the file where it is missing.
    pub(crate) fn writer(folder: &Path) -> Result<Self> {
        if rusqlite::version_number() < VERSION_MIN {
            return Err(StoreError::Other(format!(
                "SQLite {} can lose commits, at least 3.51.3 is needed",
                rusqlite::version()
            )));
        }
        // Made here, because SQLite would let everyone read it; its companions take over the mode.
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(file(folder))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut writer = Self::open(folder, flags)?;
        writer.batch("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on")?;
        Ok(writer)
    }

    /// One of many connections that only read.
    pub(super) fn reader(folder: &Path) -> Result<Self> {
        Self::open(folder, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
    }

    fn open(folder: &Path, flags: OpenFlags) -> Result<Self> {
        let open = || {
            let inner = rusqlite::Connection::open_with_flags(file(folder), flags)?;
            inner.busy_timeout(BUSY_TIMEOUT)?;
            inner.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
            // A plan that looked at the values bound would be made anew for each of them, at several times the
            // cost of running it.
            inner.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            Ok(inner)
        };
        let inner = open().map_err(|error| fail(&HashMap::new(), &error))?;
        Ok(Self { inner, unique: HashMap::new() })
    }

    /// Learns which columns belong to which unique index. A primary key is named as PostgreSQL names it.
    pub(super) fn learn_constraints(&mut self) -> Result<()> {
        let names = (self as &mut dyn Sql).list(
            "select t.name, i.name, i.origin,
                    (select group_concat(t.name || '.' || c.name, ', ' order by c.seqno)
                     from pragma_index_info(i.name) c)
             from sqlite_schema t, pragma_index_list(t.name) i
             where t.type = 'table' and i.\"unique\" = 1",
            &[],
            |row| {
                let (table, index): (&str, &str) = (row.get(0)?, row.get(1)?);
                let primary = row.get::<&str>(2)? == "pk";
                let name = if primary { format!("{table}_pkey") } else { index.to_owned() };
                Ok((row.get(3)?, name))
            },
        )?;
        self.unique = names.into_iter().collect();
        Ok(())
    }

    /// Whether an error has ended the open transaction, which SQLite does on its own when the disk is full.
    pub(super) fn has_lost_transaction(&self) -> bool {
        self.inner.is_autocommit()
    }

    /// Runs a statement that has been prepared before, if it has been.
    fn prepared<T>(
        &self,
        sql: &str,
        values: &[Value],
        run: impl FnOnce(&mut Statement<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let prepare = || {
            let mut statement = self.inner.prepare_cached(sql)?;
            debug_assert!(
                (1..=values.len()).all(|n| statement.parameter_name(n) == Some(&format!("${n}"))),
                "placeholders must first appear in ascending order: {sql}"
            );
            for (index, value) in values.iter().enumerate() {
                statement.raw_bind_parameter(index + 1, value)?;
            }
            run(&mut statement)
        };
        prepare().map_err(|error| fail(&self.unique, &error))
    }
}

impl Sql for Connection {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        self.prepared(sql, values, |statement| statement.raw_execute().map(|count| count as u64))
    }

    fn each(&mut self, sql: &str, values: &[Value], visit: &mut Visit<'_>) -> Result<()> {
        self.prepared(sql, values, |statement| {
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                if let Err(error) = visit(&Row::new(row)) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.inner.execute_batch(sql).map_err(|error| fail(&self.unique, &error))
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => SqliteValue::Null,
            Self::I64(number) => SqliteValue::Integer(*number),
            Self::Text(text) => SqliteValue::Text(text.as_bytes()),
            Self::Bytes(bytes) => SqliteValue::Blob(bytes),
        }))
    }
}

impl Columns for rusqlite::Row<'_> {
    fn value(&self, index: usize) -> Result<ValueRef<'_>> {
        let corrupt = |reason: &dyn ToString| StoreError::Corrupt(reason.to_string());
        match self.get_ref(index).map_err(|error| corrupt(&error))? {
            SqliteValue::Null => Ok(ValueRef::Null),
            SqliteValue::Integer(number) => Ok(ValueRef::I64(number)),
            SqliteValue::Text(text) => {
                std::str::from_utf8(text).map(ValueRef::Text).map_err(|error| corrupt(&error))
            }
            SqliteValue::Blob(bytes) => Ok(ValueRef::Bytes(bytes)),
            SqliteValue::Real(_) => Err(corrupt(&"a column holds a fraction")),
        }
    }
}

/// SQLite's errors in the store's words.
fn fail(unique: &HashMap<String, String>, error: &Error) -> StoreError {
    let text = error.to_string();
    let Error::SqliteFailure(failure, message) = error else {
        return StoreError::Other(text);
    };
    match failure.code {
        ErrorCode::ConstraintViolation => {
            StoreError::Constraint(constraint(unique, failure.extended_code, message.as_deref()))
        }
        ErrorCode::DiskFull => StoreError::Full(text),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(text),
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::CannotOpen
        | ErrorCode::SystemIoFailure
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied => StoreError::Unavailable(text),
        _ => StoreError::Other(text),
    }
}

/// The name of a broken constraint, from a message such as `UNIQUE constraint failed: t.a, t.b`.
fn constraint(unique: &HashMap<String, String>, code: i32, message: Option<&str>) -> String {
    let subject = message.and_then(|text| text.split_once(": ")).map_or("", |(_, subject)| subject);
    match code {
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => "foreign_key".to_owned(),
        ffi::SQLITE_CONSTRAINT_NOTNULL => "not_null".to_owned(),
        _ => unique.get(subject).cloned().unwrap_or_else(|| subject.to_owned()),
    }
}
