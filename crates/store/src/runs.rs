//! Runs of the server, and the gaps in the evidence that unclean stops leave.

use keystead_core::Timestamp;

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of runs and gaps.
pub struct Runs<'t> {
    sql: &'t mut dyn Sql,
}

/// A time in which uses of keys may have gone unrecorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceGap {
    /// Its id.
    pub id: String,
    /// The last moment that was surely recorded.
    pub from: Timestamp,
    /// The first moment that was surely recorded again.
    pub to: Timestamp,
    /// In words.
    pub reason: String,
}

impl Tx<'_> {
    /// Runs of the server, and gaps in the evidence.
    pub fn runs(&mut self) -> Runs<'_> {
        Runs { sql: self.sql() }
    }
}

impl Runs<'_> {
    /// Enters a new run.
    pub fn begin(&mut self, run_id: &str, now: Timestamp) -> Result<()> {
        self.sql.execute(
            "insert into server_runs (run_id, started_at, alive_at) values ($1, $2, $3)",
            values![run_id, now, now],
        )?;
        Ok(())
    }

    /// Ends the runs that never stopped and were last alive before `since`; each leaves a gap from then on.
    pub fn end_lost(&mut self, since: Timestamp, now: Timestamp) -> Result<()> {
        // A clock that was set back must not make a gap that ends before it begins.
        self.sql.execute(
            "insert into evidence_gaps (gap_id, from_at, to_at, reason)
             select run_id || '/' || cast(alive_at as text), alive_at,
                    case when alive_at > $1 then alive_at else $1 end, 'unclean stop'
             from server_runs where stopped_at is null and alive_at < $2",
            values![now, since],
        )?;
        self.sql.execute(
            "update server_runs set stopped_at = alive_at where stopped_at is null and alive_at < $1",
            values![since],
        )?;
        Ok(())
    }

    /// When the installation served for the first time.
    pub fn first_started(&mut self) -> Result<Option<Timestamp>> {
        let first = self
            .sql
            .find("select min(started_at) from server_runs", &[], |row| row.get::<Option<Timestamp>>(0))?;
        Ok(first.flatten())
    }

    /// Says that a run is there and has recorded everything up to `now`.
    pub fn alive(&mut self, run_id: &str, now: Timestamp) -> Result<()> {
        // One that was thought lost and is there again has left its gap already.
        self.sql.execute(
            "update server_runs set alive_at = $1, stopped_at = null where run_id = $2",
            values![now, run_id],
        )?;
        Ok(())
    }

    /// Ends a run in good order: everything is recorded.
    pub fn stop(&mut self, run_id: &str, now: Timestamp) -> Result<()> {
        self.sql.execute(
            "update server_runs set alive_at = $1, stopped_at = $2 where run_id = $3",
            values![now, now, run_id],
        )?;
        Ok(())
    }

    /// Enters a gap that has another cause than a stop: a buffer that overflowed, a write that failed.
    pub fn insert_gap(&mut self, gap: &EvidenceGap) -> Result<()> {
        self.sql.execute(
            "insert into evidence_gaps (gap_id, from_at, to_at, reason) values ($1, $2, $3, $4)",
            values![&gap.id, gap.from, gap.to, &gap.reason],
        )?;
        Ok(())
    }

    /// The gaps that end after `since`, in order of their ends.
    pub fn list_gaps(&mut self, since: Timestamp) -> Result<Vec<EvidenceGap>> {
        self.sql.list(
            "select gap_id, from_at, to_at, reason from evidence_gaps
             where to_at > $1 order by to_at, gap_id",
            values![since],
            |row| {
                Ok(EvidenceGap { id: row.get(0)?, from: row.get(1)?, to: row.get(2)?, reason: row.get(3)? })
            },
        )
    }
}
