//! Migrations: numbered, forward only, each in a transaction of its own.
//!
//! A new one is a file in `migrations/` and a line here. A binary refuses a database that a newer one has
//! migrated, and one whose migrations were not those it knows.

use aws_lc_rs::digest::{SHA256, digest};
use keystead_core::Timestamp;

use crate::error::{Result, StoreError};
use crate::sql::{Dialect, Sql};
use crate::value::values;

struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal,)*) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../migrations/", $name, ".sql")),
        }),*]
    };
}

const MIGRATIONS: &[Migration] = migrations![
    1 "0001_installation",
    2 "0002_accounts",
    3 "0003_evidence",
    4 "0004_custody",
    5 "0005_rotations",
    6 "0006_account_details",
    8 "0008_key_last_used",
    9 "0009_certificates",
    10 "0010_passwords",
    11 "0011_mfa_devices",
    12 "0012_identities",
    13 "0013_role_deletions",
    15 "0015_federation",
    16 "0016_accesses",
    17 "0017_cloud_accounts",
    19 "0019_stored_credentials",
    20 "0020_invitations",
    21 "0021_cloud_status",
    22 "0022_cloud_resources",
    24 "0024_delivery_targets",
    26 "0026_rotated_kinds",
    27 "0027_leak_reports",
    28 "0028_fleet",
    29 "0029_notices",
    30 "0030_own_keys",
    31 "0031_honey_keys",
    32 "0032_console_sessions",
    35 "0035_known_devices",
    36 "0036_password_resets",
    38 "0038_key_ages",
    40 "0040_home",
    41 "0041_passkeys",
];

impl Migration {
    fn checksum(&self) -> String {
        hex::encode(digest(&SHA256, self.sql.as_bytes()))
    }
}

/// Brings the database to this binary's newest migration.
pub(crate) fn migrate(sql: &mut dyn Sql, now: Timestamp) -> Result<()> {
    exclusively(sql, |sql| {
        sql.batch(
            "create table if not exists migrations (
                number bigint not null, -- as in the file's name
                name text not null, -- the file's name
                checksum text not null, -- SHA-256 of the file
                applied_at bigint not null, -- when it was applied
                constraint migrations_pkey primary key (number)
            )",
        )
    })?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.number);
    let found = exclusively(sql, |sql| {
        sql.find("select coalesce(max(number), 0) from migrations", &[], |row| row.get(0))
    })?;
    match found {
        Some(found) if found > known => return Err(StoreError::Newer { found, known }),
        _ => {}
    }
    MIGRATIONS.iter().try_for_each(|migration| exclusively(sql, |sql| apply(sql, migration, now)))
}

fn apply(sql: &mut dyn Sql, migration: &Migration, now: Timestamp) -> Result<()> {
    let applied: Option<String> =
        sql.find("select checksum from migrations where number = $1", values![migration.number], |row| {
            row.get(0)
        })?;
    match applied {
        Some(checksum) if checksum == migration.checksum() => Ok(()),
        Some(_) => Err(StoreError::Corrupt(format!(
            "migration {} was applied with another text than this binary's",
            migration.name
        ))),
        None => {
            sql.batch(migration.sql)?;
            sql.execute(
                "insert into migrations (number, name, checksum, applied_at) values ($1, $2, $3, $4)",
                values![migration.number, migration.name, migration.checksum(), now],
            )?;
            Ok(())
        }
    }
}

/// Runs `work` in a transaction that no other process is in at the same time.
pub(crate) fn exclusively<T>(sql: &mut dyn Sql, work: impl FnOnce(&mut dyn Sql) -> Result<T>) -> Result<T> {
    match sql.dialect() {
        Dialect::Sqlite => sql.batch("begin immediate")?,
        // The number is arbitrary and must only be the same in every release.
        Dialect::Postgres => sql.batch("begin; select pg_advisory_xact_lock(7360)")?,
    }
    let value = work(sql).inspect_err(|_| {
        // The first error is the one to report; a connection that cannot roll back is closed anyway.
        let _ = sql.batch("rollback");
    })?;
    sql.batch("commit")?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_folder_is_listed_under_its_number() {
        let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<String> = MIGRATIONS.iter().map(|m| format!("{}.sql", m.name)).collect();
        assert_eq!(files, listed);
        assert!(MIGRATIONS.is_sorted_by(|one, next| one.number < next.number));
        for migration in MIGRATIONS {
            assert!(migration.name.starts_with(&format!("{:04}_", migration.number)));
        }
    }

    #[test]
    fn every_table_and_column_has_a_sentence() {
        for migration in MIGRATIONS {
            let (mut previous, mut in_table) = ("", false);
            for line in migration.sql.lines() {
                in_table = line.starts_with("create table") || in_table && !line.starts_with(')');
                let indent = line.len() - line.trim_start().len();
                let column = in_table && indent == 4 && !line.trim_start().starts_with("constraint");
                assert!(!column || line.contains(" -- "), "{}: {line}", migration.name);
                assert!(!line.starts_with("create table") || previous.starts_with("--"), "{line}");
                previous = line;
            }
        }
    }
}
