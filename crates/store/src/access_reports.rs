//! Reports on last accesses that were asked for.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of reports.
pub struct AccessReports<'t> {
    sql: &'t mut dyn Sql,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessReport {
    /// What it is fetched by.
    pub id: String,
    /// What it is about.
    pub subject_arn: String,
    /// `SERVICE_LEVEL` or `ACTION_LEVEL`.
    pub granularity: String,
    /// When it was last asked for.
    pub created_at: Timestamp,
}

impl Tx<'_> {
    /// Reports on last accesses.
    pub fn access_reports(&mut self) -> AccessReports<'_> {
        AccessReports { sql: self.sql() }
    }
}

impl AccessReports<'_> {
    /// Adds a report, or renews the one there is of that subject and granularity.
    pub fn put(&mut self, account: AccountId, report: &AccessReport) -> Result<()> {
        self.sql.execute(
            "insert into access_reports (account_id, report_id, subject_arn, granularity, created_at)
             values ($1, $2, $3, $4, $5)
             on conflict (account_id, subject_arn, granularity) do update
             set report_id = excluded.report_id, created_at = excluded.created_at",
            values![account, &report.id, &report.subject_arn, &report.granularity, report.created_at],
        )?;
        Ok(())
    }

    /// The report of this id.
    pub fn find(&mut self, account: AccountId, id: &str) -> Result<Option<AccessReport>> {
        self.sql.find(
            "select report_id, subject_arn, granularity, created_at from access_reports
             where account_id = $1 and report_id = $2",
            values![account, id],
            |row| {
                Ok(AccessReport {
                    id: row.get(0)?,
                    subject_arn: row.get(1)?,
                    granularity: row.get(2)?,
                    created_at: row.get(3)?,
                })
            },
        )
    }

    /// Forgets the reports of an account that were asked for before `time`.
    pub fn delete_older(&mut self, account: AccountId, time: Timestamp) -> Result<()> {
        self.sql.execute(
            "delete from access_reports where account_id = $1 and created_at < $2",
            values![account, time],
        )?;
        Ok(())
    }
}
