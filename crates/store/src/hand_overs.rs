//! Hand-overs: links by which a person fetches a key to carry it to a consumer. Each shows it once.

use keystead_core::{AccountId, KeyId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of hand-overs.
pub struct HandOvers<'t> {
    sql: &'t mut dyn Sql,
}

/// A link, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// The consumer that the key is carried to.
    pub consumer_id: String,
    /// The key it shows.
    pub access_key_id: KeyId,
    /// Hash of the token.
    pub token_hash: Vec<u8>,
    /// ARN of who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be opened.
    pub expires_at: Timestamp,
    /// When it was.
    pub opened_at: Option<Timestamp>,
    /// From which address and with which program.
    pub opened_by: Option<String>,
}

impl Tx<'_> {
    /// Hand-overs.
    pub fn hand_overs(&mut self) -> HandOvers<'_> {
        HandOvers { sql: self.sql() }
    }
}

impl HandOvers<'_> {
    /// Adds a link. Those of this consumer that nobody has opened are dead from now on.
    pub fn insert(&mut self, hand_over: &HandOver) -> Result<()> {
        self.sql.execute(
            "delete from hand_overs where account_id = $1 and consumer_id = $2 and opened_at is null",
            values![hand_over.account, &hand_over.consumer_id],
        )?;
        self.sql.execute(
            "insert into hand_overs
                 (account_id, hand_over_id, consumer_id, access_key_id, token_hash, created_by, created_at,
                  expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                hand_over.account,
                &hand_over.id,
                &hand_over.consumer_id,
                hand_over.access_key_id,
                &*hand_over.token_hash,
                &hand_over.created_by,
                hand_over.created_at,
                hand_over.expires_at,
            ],
        )?;
        Ok(())
    }

    /// The link whose token has this hash.
    pub fn find_by_token_hash(&mut self, account: AccountId, token_hash: &[u8]) -> Result<Option<HandOver>> {
        self.sql.find(
            "select account_id, hand_over_id, consumer_id, access_key_id, token_hash, created_by, created_at,
                    expires_at, opened_at, opened_by
             from hand_overs where account_id = $1 and token_hash = $2",
            values![account, token_hash],
            hand_over,
        )
    }

    /// At most `limit` links of a consumer, the newest first.
    pub fn list(&mut self, account: AccountId, consumer_id: &str, limit: i64) -> Result<Vec<HandOver>> {
        self.sql.list(
            "select account_id, hand_over_id, consumer_id, access_key_id, token_hash, created_by, created_at,
                    expires_at, opened_at, opened_by
             from hand_overs where account_id = $1 and consumer_id = $2
             order by created_at desc, hand_over_id limit $3",
            values![account, consumer_id, limit],
            hand_over,
        )
    }

    /// Enters that a link was opened; false where it had been before, or is dead.
    pub fn open(&mut self, account: AccountId, id: &str, by: &str, now: Timestamp) -> Result<bool> {
        let opened = self.sql.execute(
            "update hand_overs set opened_at = $1, opened_by = $2
             where account_id = $3 and hand_over_id = $4 and opened_at is null",
            values![now, by, account, id],
        )?;
        Ok(opened > 0)
    }
}

fn hand_over(row: &Row<'_>) -> Result<HandOver> {
    Ok(HandOver {
        account: row.get(0)?,
        id: row.get(1)?,
        consumer_id: row.get(2)?,
        access_key_id: row.get(3)?,
        token_hash: row.get(4)?,
        created_by: row.get(5)?,
        created_at: row.get(6)?,
        expires_at: row.get(7)?,
        opened_at: row.get(8)?,
        opened_by: row.get(9)?,
    })
}
