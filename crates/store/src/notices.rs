//! What is told of rotations: the queue of what is to be sent, and what became of it.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of notices.
pub struct Notices<'t> {
    sql: &'t mut dyn Sql,
}

/// The way a notice takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By letter.
    Mail,
    /// By a signed call.
    Webhook,
}

impl Way {
    /// The word in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        [Self::Mail, Self::Webhook]
            .into_iter()
            .find(|way| way.as_str() == word)
            .ok_or_else(|| StoreError::Corrupt(format!("`{word}` is no way a notice takes")))
    }
}

/// A notice as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Whose it is.
    pub account: AccountId,
    /// The rotation it tells of.
    pub rotation_id: String,
    /// The journal's entry it tells of.
    pub number: i64,
    /// The way it takes.
    pub way: Way,
    /// What happened; of one occasion is told once.
    pub occasion: String,
    /// What sort of occasion, in a word.
    pub topic: String,
    /// What it is about, in one line.
    pub subject: String,
    /// What is said.
    pub body: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// How often it was tried to send it.
    pub attempts: i64,
    /// When it is to be tried next; none where it was sent or given up.
    pub next_try_at: Option<Timestamp>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub failure: Option<String>,
}

impl Tx<'_> {
    /// What is told of rotations.
    pub fn notices(&mut self) -> Notices<'_> {
        Notices { sql: self.sql() }
    }
}

impl Notices<'_> {
    /// Queues a notice, unless that occasion was told of already.
    pub fn insert(&mut self, notice: &NoticeRow) -> Result<()> {
        self.sql.execute(
            "insert into rotation_notices
                 (account_id, rotation_id, number, way, occasion, topic, subject, body, created_at, attempts,
                  next_try_at, sent_at, failure)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             on conflict do nothing",
            values![
                notice.account,
                &notice.rotation_id,
                notice.number,
                notice.way.as_str(),
                &notice.occasion,
                &notice.topic,
                &notice.subject,
                &notice.body,
                notice.created_at,
                notice.attempts,
                notice.next_try_at,
                notice.sent_at,
                notice.failure.as_deref(),
            ],
        )?;
        Ok(())
    }

    /// At most `limit` notices of all accounts that are to be tried by now, those that wait longest first.
    pub fn list_due(&mut self, now: Timestamp, limit: i64) -> Result<Vec<NoticeRow>> {
        self.sql.list(
            "select account_id, rotation_id, number, way, occasion, topic, subject, body, created_at, attempts,
                    next_try_at, sent_at, failure
             from rotation_notices where next_try_at <= $1 order by next_try_at limit $2",
            values![now, limit],
            notice,
        )
    }

    /// The newest notices of a rotation, at most `limit`.
    pub fn list_newest(
        &mut self,
        account: AccountId,
        rotation_id: &str,
        limit: i64,
    ) -> Result<Vec<NoticeRow>> {
        self.sql.list(
            "select account_id, rotation_id, number, way, occasion, topic, subject, body, created_at, attempts,
                    next_try_at, sent_at, failure
             from rotation_notices where account_id = $1 and rotation_id = $2
             order by number desc, way limit $3",
            values![account, rotation_id, limit],
            notice,
        )
    }

    /// Takes a notice for one attempt, after which it is tried at `next_try_at` unless it was sent; false where
    /// somebody else has taken it.
    pub fn take(&mut self, notice: &NoticeRow, next_try_at: Timestamp) -> Result<bool> {
        let taken = self.sql.execute(
            "update rotation_notices set attempts = attempts + 1, next_try_at = $1
             where rotation_id = $2 and number = $3 and way = $4 and attempts = $5 and next_try_at is not null",
            values![next_try_at, &notice.rotation_id, notice.number, notice.way.as_str(), notice.attempts],
        )?;
        Ok(taken > 0)
    }

    /// Notes that a notice was sent.
    pub fn mark_sent(&mut self, notice: &NoticeRow, now: Timestamp) -> Result<()> {
        self.sql.execute(
            "update rotation_notices set sent_at = $1, next_try_at = null, failure = null
             where rotation_id = $2 and number = $3 and way = $4",
            values![now, &notice.rotation_id, notice.number, notice.way.as_str()],
        )?;
        Ok(())
    }

    /// Notes why a notice was not sent; without a time for the next attempt it is given up.
    pub fn mark_failed(
        &mut self,
        notice: &NoticeRow,
        failure: &str,
        next_try_at: Option<Timestamp>,
    ) -> Result<()> {
        self.sql.execute(
            "update rotation_notices set failure = $1, next_try_at = $2
             where rotation_id = $3 and number = $4 and way = $5",
            values![failure, next_try_at, &notice.rotation_id, notice.number, notice.way.as_str()],
        )?;
        Ok(())
    }

    /// How many notices wait to be sent, and how many were given up.
    pub fn count_unsent(&mut self) -> Result<(u64, u64)> {
        let mut count = |sql| {
            let count = self.sql.find(sql, values![], |row| row.get::<i64>(0))?;
            Ok(count.unwrap_or_default().unsigned_abs())
        };
        Ok((
            count("select count(*) from rotation_notices where next_try_at is not null")?,
            count("select count(*) from rotation_notices where next_try_at is null and sent_at is null")?,
        ))
    }
}

fn notice(row: &Row<'_>) -> Result<NoticeRow> {
    Ok(NoticeRow {
        account: row.get(0)?,
        rotation_id: row.get(1)?,
        number: row.get(2)?,
        way: Way::parse(row.get(3)?)?,
        occasion: row.get(4)?,
        topic: row.get(5)?,
        subject: row.get(6)?,
        body: row.get(7)?,
        created_at: row.get(8)?,
        attempts: row.get(9)?,
        next_try_at: row.get(10)?,
        sent_at: row.get(11)?,
        failure: row.get(12)?,
    })
}
