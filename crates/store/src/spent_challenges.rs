//! Challenges that were answered, so that each is good once.

use keystead_core::Timestamp;

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of spent challenges.
pub struct SpentChallenges<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Spent challenges.
    pub fn spent_challenges(&mut self) -> SpentChallenges<'_> {
        SpentChallenges { sql: self.sql() }
    }
}

impl SpentChallenges<'_> {
    /// Spends a challenge; false where it is spent. Forgets those that have ended.
    pub fn spend(&mut self, id: &str, ends_at: Timestamp, now: Timestamp) -> Result<bool> {
        self.sql.execute("delete from spent_challenges where ends_at < $1", values![now])?;
        let spent = self.sql.execute(
            "insert into spent_challenges (challenge_id, ends_at) values ($1, $2) on conflict do nothing",
            values![id, ends_at],
        )?;
        Ok(spent > 0)
    }
}
