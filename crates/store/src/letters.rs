//! Letters that wait to be sent.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// A letter in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedLetter {
    /// The account it is about.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// To whom.
    pub recipient: String,
    /// About what.
    pub subject: String,
    /// Its sealed text; [`body_place`] says where it opens.
    pub body_sealed: Sealed,
    /// When it was queued.
    pub created_at: Timestamp,
    /// How often it was tried to send it.
    pub attempts: i64,
    /// When it is to be tried next.
    pub next_try_at: Timestamp,
}

/// Where the text of a letter is sealed for.
pub fn body_place(account: AccountId, letter_id: &str) -> Place {
    Place { tenant: account, table: "letters", row: letter_id.to_owned(), column: "body_sealed", version: 1 }
}

/// The repository of letters.
pub struct Letters<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Letters that wait to be sent.
    pub fn letters(&mut self) -> Letters<'_> {
        Letters { sql: self.sql() }
    }
}

impl Letters<'_> {
    /// Queues a letter.
    pub fn insert(&mut self, letter: &QueuedLetter) -> Result<()> {
        self.sql.execute(
            "insert into letters
                 (account_id, letter_id, recipient, subject, body_sealed, created_at, attempts, next_try_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                letter.account,
                &letter.id,
                &letter.recipient,
                &letter.subject,
                letter.body_sealed.as_bytes(),
                letter.created_at,
                letter.attempts,
                letter.next_try_at,
            ],
        )?;
        Ok(())
    }

    /// At most `limit` letters that are to be tried by now, those that wait longest first.
    pub fn list_due(&mut self, now: Timestamp, limit: i64) -> Result<Vec<QueuedLetter>> {
        self.sql.list(
            "select account_id, letter_id, recipient, subject, body_sealed, created_at, attempts, next_try_at
             from letters where next_try_at <= $1 order by next_try_at limit $2",
            values![now, limit],
            letter,
        )
    }

    /// Takes a letter for one attempt, after which it is tried at `next_try_at` unless it was sent; false where
    /// somebody else has taken it.
    pub fn take(&mut self, letter: &QueuedLetter, next_try_at: Timestamp) -> Result<bool> {
        let taken = self.sql.execute(
            "update letters set attempts = attempts + 1, next_try_at = $1
             where letter_id = $2 and attempts = $3",
            values![next_try_at, &letter.id, letter.attempts],
        )?;
        Ok(taken > 0)
    }

    /// Forgets a letter.
    pub fn delete(&mut self, id: &str) -> Result<()> {
        self.sql.execute("delete from letters where letter_id = $1", values![id])?;
        Ok(())
    }
}

fn letter(row: &Row<'_>) -> Result<QueuedLetter> {
    Ok(QueuedLetter {
        account: row.get(0)?,
        id: row.get(1)?,
        recipient: row.get(2)?,
        subject: row.get(3)?,
        body_sealed: Sealed::from_bytes(row.get(4)?),
        created_at: row.get(5)?,
        attempts: row.get(6)?,
        next_try_at: row.get(7)?,
    })
}
