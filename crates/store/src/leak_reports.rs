//! Reports that access keys were seen where they do not belong: those that wait to be looked at, and what they became.

use keystead_core::{AccessKeyId, AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of leak reports.
pub struct LeakReports<'t> {
    sql: &'t mut dyn Sql,
}

/// A report as it came, without any secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedReport {
    /// Its id.
    pub id: String,
    /// What was in it, JSON.
    pub findings: String,
    /// The form it came in.
    pub source: String,
    /// Where it was found.
    pub url: String,
    /// Who reported it.
    pub reporter: String,
    /// Who sent it, where a signature has proved that.
    pub sender: Option<String>,
    /// Since when it lies open, as far as is known.
    pub exposed_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
}

/// A key of an account, and the place where it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakReport {
    /// Whose key it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// The key.
    pub access_key_id: AccessKeyId,
    /// The form it came in.
    pub source: String,
    /// Where it was found.
    pub url: String,
    /// Who reported it first.
    pub reporter: String,
    /// Who sent it, where a signature has proved that.
    pub sender: Option<String>,
    /// Whether the right secret came with it.
    pub is_proven: bool,
    /// How often it was reported.
    pub reports: i64,
    /// What became of it.
    pub state: LeakState,
    /// What was done about it and why.
    pub answer: Option<String>,
    /// Who answered it.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// When it is to be looked at again.
    pub check_at: Option<Timestamp>,
    /// Since when the key lies open, as far as is known.
    pub exposed_at: Timestamp,
    /// When it was reported first.
    pub reported_at: Timestamp,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeakState {
    /// Nothing yet.
    Open,
    /// The key is being replaced; then it is contained.
    Replacing,
    /// The key is off and its sessions have ended.
    Contained,
    /// A while later that was still so.
    Confirmed,
    /// It was judged to be nothing.
    Dismissed,
}

impl LeakState {
    const ALL: [Self; 5] = [Self::Open, Self::Replacing, Self::Contained, Self::Confirmed, Self::Dismissed];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Replacing => "replacing",
            Self::Contained => "contained",
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| StoreError::Corrupt(format!("`{word}` is no state of a leak report")))
    }
}

/// Where a page of reports ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakCursor {
    /// When its last report came.
    pub reported_at: Timestamp,
    /// That report's id.
    pub id: String,
}

impl Tx<'_> {
    /// Leak reports.
    pub fn leak_reports(&mut self) -> LeakReports<'_> {
        LeakReports { sql: self.sql() }
    }
}

impl LeakReports<'_> {
    /// Keeps what came until it is looked at.
    pub fn receive(&mut self, report: &ReceivedReport) -> Result<()> {
        self.sql.execute(
            "insert into leak_inbox (inbox_id, findings, source, url, reporter, exposed_at, received_at, sender)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                &report.id,
                &report.findings,
                &report.source,
                &report.url,
                &report.reporter,
                report.exposed_at,
                report.received_at,
                report.sender.as_deref(),
            ],
        )?;
        Ok(())
    }

    /// How many wait to be looked at.
    pub fn count_received(&mut self) -> Result<i64> {
        let count = self.sql.find("select count(*) from leak_inbox", &[], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }

    /// The first that wait to be looked at.
    pub fn list_received(&mut self, limit: i64) -> Result<Vec<ReceivedReport>> {
        self.sql.list(
            "select inbox_id, findings, source, url, reporter, exposed_at, received_at, sender
             from leak_inbox order by received_at, inbox_id limit $1",
            values![limit],
            |row| {
                Ok(ReceivedReport {
                    id: row.get(0)?,
                    findings: row.get(1)?,
                    source: row.get(2)?,
                    url: row.get(3)?,
                    reporter: row.get(4)?,
                    exposed_at: row.get(5)?,
                    received_at: row.get(6)?,
                    sender: row.get(7)?,
                })
            },
        )
    }

    /// Forgets what was looked at; false where another server has done so.
    pub fn delete_received(&mut self, id: &str) -> Result<bool> {
        Ok(self.sql.execute("delete from leak_inbox where inbox_id = $1", values![id])? > 0)
    }

    /// Adds a report.
    pub fn insert(&mut self, report: &LeakReport) -> Result<()> {
        self.sql.execute(
            "insert into leak_reports
                 (account_id, report_id, access_key_id, source, url, reporter, is_proven, reports, state, answer,
                  answered_by, answered_at, check_at, exposed_at, reported_at, sender)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            values![
                report.account,
                &report.id,
                report.access_key_id,
                &report.source,
                &report.url,
                &report.reporter,
                i64::from(report.is_proven),
                report.reports,
                report.state.as_str(),
                report.answer.as_deref(),
                report.answered_by.as_deref(),
                report.answered_at,
                report.check_at,
                report.exposed_at,
                report.reported_at,
                report.sender.as_deref(),
            ],
        )?;
        Ok(())
    }

    /// Replaces what can change of a report.
    pub fn update(&mut self, report: &LeakReport) -> Result<()> {
        self.sql.execute(
            "update leak_reports set is_proven = $1, reports = $2, state = $3, answer = $4, answered_by = $5,
                 answered_at = $6, check_at = $7, sender = $8
             where account_id = $9 and report_id = $10",
            values![
                i64::from(report.is_proven),
                report.reports,
                report.state.as_str(),
                report.answer.as_deref(),
                report.answered_by.as_deref(),
                report.answered_at,
                report.check_at,
                report.sender.as_deref(),
                report.account,
                &report.id,
            ],
        )?;
        Ok(())
    }

    /// The report of this id.
    pub fn find(&mut self, account: AccountId, id: &str) -> Result<Option<LeakReport>> {
        self.sql.find(
            "select account_id, report_id, access_key_id, source, url, reporter, is_proven, reports, state, answer,
                    answered_by, answered_at, check_at, exposed_at, reported_at, sender
             from leak_reports where account_id = $1 and report_id = $2",
            values![account, id],
            leak_report,
        )
    }

    /// The reports about a key, the oldest first.
    pub fn list_by_key(&mut self, account: AccountId, key: AccessKeyId) -> Result<Vec<LeakReport>> {
        self.sql.list(
            "select account_id, report_id, access_key_id, source, url, reporter, is_proven, reports, state, answer,
                    answered_by, answered_at, check_at, exposed_at, reported_at, sender
             from leak_reports where account_id = $1 and access_key_id = $2 order by reported_at, report_id",
            values![account, key],
            leak_report,
        )
    }

    /// A page of the account's reports, the newest first.
    pub fn list(
        &mut self,
        account: AccountId,
        after: Option<&LeakCursor>,
        limit: i64,
    ) -> Result<Vec<LeakReport>> {
        let (at, id) = after.map_or((i64::MAX, ""), |after| (after.reported_at.micros(), after.id.as_str()));
        self.sql.list(
            "select account_id, report_id, access_key_id, source, url, reporter, is_proven, reports, state, answer,
                    answered_by, answered_at, check_at, exposed_at, reported_at, sender
             from leak_reports
             where account_id = $1 and (reported_at < $2 or (reported_at = $2 and report_id < $3))
             order by reported_at desc, report_id desc limit $4",
            values![account, at, id, limit],
            leak_report,
        )
    }

    /// Those that are to be looked at by now.
    pub fn list_due(&mut self, now: Timestamp, limit: i64) -> Result<Vec<LeakReport>> {
        self.sql.list(
            "select account_id, report_id, access_key_id, source, url, reporter, is_proven, reports, state, answer,
                    answered_by, answered_at, check_at, exposed_at, reported_at, sender
             from leak_reports where check_at <= $1 order by check_at limit $2",
            values![now, limit],
            leak_report,
        )
    }
}

fn leak_report(row: &Row<'_>) -> Result<LeakReport> {
    Ok(LeakReport {
        account: row.get(0)?,
        id: row.get(1)?,
        access_key_id: row.get(2)?,
        source: row.get(3)?,
        url: row.get(4)?,
        reporter: row.get(5)?,
        is_proven: row.get::<i64>(6)? == 1,
        reports: row.get(7)?,
        state: LeakState::parse(row.get(8)?)?,
        answer: row.get(9)?,
        answered_by: row.get(10)?,
        answered_at: row.get(11)?,
        check_at: row.get(12)?,
        exposed_at: row.get(13)?,
        reported_at: row.get(14)?,
        sender: row.get(15)?,
    })
}
