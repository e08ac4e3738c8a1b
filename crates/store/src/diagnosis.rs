//! What the database says of itself, for whoever has to find out whether it is well.

use crate::error::Result;
use crate::sql::Dialect;
use crate::tx::Tx;

impl Tx<'_> {
    /// The engine's name and version.
    pub fn engine_version(&mut self) -> Result<String> {
        let (name, query) = match self.sql().dialect() {
            Dialect::Sqlite => ("SQLite", "select sqlite_version()"),
            Dialect::Postgres => ("PostgreSQL", "show server_version"),
        };
        let version: Option<String> = self.sql().find(query, &[], |row| row.get(0))?;
        Ok(format!("{name} {}", version.unwrap_or_default()))
    }

    /// The name of the newest migration that was applied.
    pub fn newest_migration(&mut self) -> Result<String> {
        let query = "select name from migrations order by number desc limit 1";
        Ok(self.sql().find(query, &[], |row| row.get(0))?.unwrap_or_default())
    }

    /// What is wrong with the stored data; empty where all is right. Reads everything. PostgreSQL checks its
    /// pages as it reads them and has nothing to ask.
    pub fn check_integrity(&mut self) -> Result<Vec<String>> {
        if self.sql().dialect() == Dialect::Postgres {
            return Ok(Vec::new());
        }
        let mut wrong: Vec<String> = self.sql().list("pragma integrity_check", &[], |row| row.get(0))?;
        wrong.retain(|line| line != "ok");
        let dangling = self.sql().list("pragma foreign_key_check", &[], |row| {
            Ok(format!("a row of {} refers to one that is not there", row.get::<&str>(0)?))
        })?;
        wrong.extend(dangling);
        Ok(wrong)
    }
}
