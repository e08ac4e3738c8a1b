//! When managed credentials are rotated unasked, and when never.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of plans.
pub struct RotationPlans<'t> {
    sql: &'t mut dyn Sql,
}

/// The plan of one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationPlan {
    /// Whose it is.
    pub account: AccountId,
    /// The credential.
    pub credential_id: String,
    /// By which rule it is rotated, JSON; none is by hand only.
    pub schedule: Option<String>,
    /// Its freezes and windows, JSON.
    pub calendar: Option<String>,
    /// When the next rotation begins; none while one runs, or without a schedule.
    pub next_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Tx<'_> {
    /// Plans of rotations.
    pub fn rotation_plans(&mut self) -> RotationPlans<'_> {
        RotationPlans { sql: self.sql() }
    }
}

impl RotationPlans<'_> {
    /// Sets the plan of a credential in the place of the one it has.
    pub fn put(&mut self, plan: &RotationPlan) -> Result<()> {
        self.sql.execute(
            "insert into rotation_plans (account_id, credential_id, schedule, calendar, next_at, updated_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (credential_id) do update set
                 schedule = excluded.schedule, calendar = excluded.calendar, next_at = excluded.next_at,
                 updated_at = excluded.updated_at",
            values![
                plan.account,
                &plan.credential_id,
                plan.schedule.as_deref(),
                plan.calendar.as_deref(),
                plan.next_at,
                plan.updated_at,
            ],
        )?;
        Ok(())
    }

    /// The plan of a credential.
    pub fn find(&mut self, account: AccountId, credential_id: &str) -> Result<Option<RotationPlan>> {
        self.sql.find(
            "select account_id, credential_id, schedule, calendar, next_at, updated_at from rotation_plans
             where account_id = $1 and credential_id = $2",
            values![account, credential_id],
            plan,
        )
    }

    /// Sets when the next rotation begins. `seen` is the time that was decided upon: of two who saw the same only
    /// one goes on, so that a time is never used twice.
    pub fn move_next(
        &mut self,
        account: AccountId,
        credential_id: &str,
        seen: Option<Timestamp>,
        next_at: Option<Timestamp>,
    ) -> Result<bool> {
        let moved = self.sql.execute(
            "update rotation_plans set next_at = $1
             where account_id = $2 and credential_id = $3 and coalesce(next_at, -1) = $4",
            values![next_at, account, credential_id, seen.map_or(-1, Timestamp::micros)],
        )?;
        Ok(moved > 0)
    }

    /// The accounts in which a rotation should have begun by `now`.
    pub fn list_due_accounts(&mut self, now: Timestamp) -> Result<Vec<AccountId>> {
        self.sql.list(
            "select distinct account_id from rotation_plans where next_at <= $1 order by account_id",
            values![now],
            |row| row.get(0),
        )
    }

    /// At most `limit` plans of an account whose rotation should have begun by `now`, the longest due first, from
    /// the one after `after`.
    pub fn list_due(
        &mut self,
        account: AccountId,
        now: Timestamp,
        after: Option<&RotationPlan>,
        limit: i64,
    ) -> Result<Vec<RotationPlan>> {
        let (at, id) = after.map_or((-1, ""), |plan| {
            (plan.next_at.map_or(-1, Timestamp::micros), plan.credential_id.as_str())
        });
        self.sql.list(
            "select account_id, credential_id, schedule, calendar, next_at, updated_at from rotation_plans
             where account_id = $1 and next_at <= $2 and (next_at, credential_id) > ($3, $4)
             order by next_at, credential_id limit $5",
            values![account, now, at, id, limit],
            plan,
        )
    }
}

fn plan(row: &Row<'_>) -> Result<RotationPlan> {
    Ok(RotationPlan {
        account: row.get(0)?,
        credential_id: row.get(1)?,
        schedule: row.get(2)?,
        calendar: row.get(3)?,
        next_at: row.get(4)?,
        updated_at: row.get(5)?,
    })
}
