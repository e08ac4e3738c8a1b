//! The change table: one row per command.
//!
//! A command's row is its first statement. So a command that comes twice breaks `changes_command_unique`
//! before it does anything, and whether a commit of unknown outcome took place can be looked up. The
//! number orders the rows such that a follower who has read up to one never misses another.

use keystead_core::{AccountId, Timestamp};

use crate::error::{OnConstraint, Result, StoreError};
use crate::sql::{Dialect, Row, Sql};
use crate::tx::{Command, Touched, Tx};
use crate::value::values;

/// How the ids of commands begin that clients named themselves; they are kept longer, because their clients may
/// come back when a signature has long lost its force.
pub const NAMED: &str = "named:";

/// The repository of changes.
pub struct Changes<'t> {
    command: Option<&'t str>,
    sql: &'t mut dyn Sql,
}

/// What one command changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the order.
    pub number: i64,
    /// The command's id.
    pub command_id: String,
    /// The account it acted in.
    pub account: Option<AccountId>,
    /// When it ran.
    pub committed_at: Timestamp,
    /// What it made stale.
    pub touched: Vec<Touched>,
}

/// What was kept of a command to answer it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReply {
    /// The answer; none where it held a secret.
    pub reply: Option<String>,
    /// What tells attempts at the same call from other calls: the client's own id, if it sent one.
    pub invocation_id: Option<String>,
}

impl Tx<'_> {
    /// Changes: this command's, and those of the past.
    pub fn changes(&mut self) -> Changes<'_> {
        Changes { command: self.command(), sql: self.sql() }
    }
}

/// Enters a command before it does anything.
pub(crate) fn claim(sql: &mut dyn Sql, command: &Command, now: Timestamp) -> Result<()> {
    let statement = match sql.dialect() {
        Dialect::Sqlite => {
            "insert into changes (number, command_id, account_id, committed_at, touched, invocation_id)
             select coalesce(max(number), 0) + 1, $1, $2, $3, '[]', $4 from changes"
        }
        Dialect::Postgres => {
            "insert into changes (number, command_id, account_id, committed_at, touched, invocation_id)
             values (cast(cast(pg_current_xact_id() as text) as bigint), $1, $2, $3, '[]', $4)"
        }
    };
    sql.execute(statement, values![&command.id, command.account, now, command.invocation_id.as_deref()])
        .on_constraint("changes_command_unique", || StoreError::Replayed(command.id.clone()))?;
    Ok(())
}

/// Completes a command's row with what it touched.
pub(crate) fn record(sql: &mut dyn Sql, command: &Command, touched: &[Touched]) -> Result<()> {
    if touched.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = touched.iter().map(ToString::to_string).collect();
    sql.execute(
        "update changes set touched = $1 where command_id = $2",
        values![serde_json::Value::from(names).to_string(), &command.id],
    )?;
    Ok(())
}

impl Changes<'_> {
    /// Keeps the answer to give where this command comes again. Put no secret into it.
    pub fn set_reply(&mut self, reply: &str) -> Result<()> {
        self.sql
            .execute("update changes set reply = $1 where command_id = $2", values![reply, self.command])?;
        Ok(())
    }

    /// What is known of a command that was committed, to answer it again.
    pub fn find_reply(&mut self, command_id: &str) -> Result<Option<KeptReply>> {
        self.sql.find(
            "select reply, invocation_id from changes where command_id = $1",
            values![command_id],
            |row| Ok(KeptReply { reply: row.get(0)?, invocation_id: row.get(1)? }),
        )
    }

    /// The number below which nothing new will appear.
    pub(crate) fn newest(&mut self) -> Result<i64> {
        let statement = match self.sql.dialect() {
            Dialect::Sqlite => "select coalesce(max(number), 0) from changes",
            Dialect::Postgres => {
                "select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) - 1"
            }
        };
        Ok(self.sql.find(statement, &[], |row| row.get(0))?.unwrap_or_default())
    }

    /// At most `limit` changes after the one of this number, in order. On PostgreSQL only those below
    /// which no transaction is still running, so that none can appear behind a follower's back.
    pub fn since(&mut self, number: i64, limit: i64) -> Result<Vec<Change>> {
        let statement = match self.sql.dialect() {
            Dialect::Sqlite => {
                "select number, command_id, account_id, committed_at, touched from changes
                 where number > $1 order by number limit $2"
            }
            Dialect::Postgres => {
                "select number, command_id, account_id, committed_at, touched from changes
                 where number > $1
                   and number < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)
                 order by number limit $2"
            }
        };
        self.sql.list(statement, values![number, limit], change)
    }

    /// Forgets commands that ran before `before`, or before `named_before` where clients named them, and tells how
    /// many. The newest row stays, because the next number is counted from it.
    pub fn purge(&mut self, before: Timestamp, named_before: Timestamp) -> Result<u64> {
        self.sql.execute(
            "delete from changes
             where committed_at < $1 and (committed_at < $2 or substr(command_id, 1, 6) <> $3)
               and number < (select max(number) from changes)",
            values![before, named_before, NAMED],
        )
    }
}

fn change(row: &Row<'_>) -> Result<Change> {
    let names: Vec<String> = serde_json::from_str(row.get(4)?)
        .map_err(|error| StoreError::Corrupt(format!("what a command touched: {error}")))?;
    Ok(Change {
        number: row.get(0)?,
        command_id: row.get(1)?,
        account: row.get(2)?,
        committed_at: row.get(3)?,
        touched: names.iter().map(|name| name.parse()).collect::<Result<_>>()?,
    })
}
