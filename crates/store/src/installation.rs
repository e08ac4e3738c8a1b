//! The marker that makes a database one installation.

use keystead_core::rng::BASE62;
use keystead_core::{Rng, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::value::values;

const MARKER_LENGTH: usize = 16;

/// The marker, if the database was opened before.
pub(crate) fn find(sql: &mut dyn Sql) -> Result<Option<String>> {
    sql.find("select marker from installation", &[], |row| row.get(0))
}

/// The marker; drawn where the database is new.
pub(crate) fn find_or_insert(sql: &mut dyn Sql, now: Timestamp, rng: &dyn Rng) -> Result<String> {
    if let Some(marker) = find(sql)? {
        return Ok(marker);
    }
    let marker = rng.text(MARKER_LENGTH, BASE62);
    sql.execute("insert into installation (marker, created_at) values ($1, $2)", values![&marker, now])?;
    Ok(marker)
}
