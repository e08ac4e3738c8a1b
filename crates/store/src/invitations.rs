//! Invitations to become a user of an account.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The account.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// The address it was sent to.
    pub email: String,
    /// ARNs of the policies to be attached.
    pub policies: Vec<String>,
    /// For how many days; `None` for good.
    pub temporary_days: Option<i64>,
    /// Hash of the token in the letter.
    pub token_hash: Vec<u8>,
    /// Unique id of who invited.
    pub inviter_id: String,
    /// Who invited, for people.
    pub inviter_arn: String,
    /// What became of it.
    pub state: InvitationState,
    /// When it was first sent.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Nothing yet.
    Pending,
    /// A user.
    Accepted,
    /// It was taken back.
    Cancelled,
}

impl InvitationState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        [Self::Pending, Self::Accepted, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| StoreError::Corrupt(format!("`{word}` is no state of an invitation")))
    }
}

/// The repository of invitations.
pub struct Invitations<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Invitations.
    pub fn invitations(&mut self) -> Invitations<'_> {
        Invitations { sql: self.sql() }
    }
}

impl Invitations<'_> {
    /// Adds an invitation.
    pub fn insert(&mut self, invitation: &Invitation) -> Result<()> {
        self.sql.execute(
            "insert into invitations
                 (account_id, invitation_id, email, policies, temporary_days, token_hash, inviter_id,
                  inviter_arn, state, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            values![
                invitation.account,
                &invitation.id,
                &invitation.email,
                serde_json::Value::from(invitation.policies.clone()).to_string(),
                invitation.temporary_days,
                invitation.token_hash.as_slice(),
                &invitation.inviter_id,
                &invitation.inviter_arn,
                invitation.state.as_str(),
                invitation.created_at,
                invitation.expires_at,
            ],
        )?;
        Ok(())
    }

    /// The invitation of this id.
    pub fn find(&mut self, account: AccountId, id: &str) -> Result<Option<Invitation>> {
        self.sql.find(
            "select account_id, invitation_id, email, policies, temporary_days, token_hash, inviter_id,
                    inviter_arn, state, created_at, expires_at
             from invitations where account_id = $1 and invitation_id = $2",
            values![account, id],
            invitation,
        )
    }

    /// The invitation of this token, whatever became of it.
    pub fn find_by_token_hash(&mut self, account: AccountId, hash: &[u8]) -> Result<Option<Invitation>> {
        self.sql.find(
            "select account_id, invitation_id, email, policies, temporary_days, token_hash, inviter_id,
                    inviter_arn, state, created_at, expires_at
             from invitations where account_id = $1 and token_hash = $2",
            values![account, hash],
            invitation,
        )
    }

    /// At most `limit` invitations of an account by id, from the one after `after_id`.
    pub fn list(
        &mut self,
        account: AccountId,
        after_id: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Invitation>> {
        self.sql.list(
            "select account_id, invitation_id, email, policies, temporary_days, token_hash, inviter_id,
                    inviter_arn, state, created_at, expires_at
             from invitations where account_id = $1 and invitation_id > $2
             order by invitation_id limit $3",
            values![account, after_id.unwrap_or_default(), limit],
            invitation,
        )
    }

    /// How many invitations of an account can still be accepted.
    pub fn count_open(&mut self, account: AccountId, now: Timestamp) -> Result<u64> {
        let count = self.sql.find(
            "select count(*) from invitations where account_id = $1 and state = 'pending' and expires_at > $2",
            values![account, now],
            |row| row.get::<i64>(0),
        )?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// Ends a pending invitation, with the user that came of it if one did; false where it is not pending.
    pub fn end(
        &mut self,
        account: AccountId,
        id: &str,
        state: InvitationState,
        user_id: Option<&str>,
    ) -> Result<bool> {
        let ended = self.sql.execute(
            "update invitations set state = $1, user_id = $2
             where account_id = $3 and invitation_id = $4 and state = 'pending'",
            values![state.as_str(), user_id, account, id],
        )?;
        Ok(ended > 0)
    }

    /// Gives a pending invitation another token, term and inviter; false where it is not pending.
    pub fn renew(&mut self, invitation: &Invitation) -> Result<bool> {
        let renewed = self.sql.execute(
            "update invitations set token_hash = $1, expires_at = $2, inviter_id = $3, inviter_arn = $4
             where account_id = $5 and invitation_id = $6 and state = 'pending'",
            values![
                invitation.token_hash.as_slice(),
                invitation.expires_at,
                &invitation.inviter_id,
                &invitation.inviter_arn,
                invitation.account,
                &invitation.id,
            ],
        )?;
        Ok(renewed > 0)
    }
}

fn invitation(row: &Row<'_>) -> Result<Invitation> {
    Ok(Invitation {
        account: row.get(0)?,
        id: row.get(1)?,
        email: row.get(2)?,
        policies: serde_json::from_str(row.get(3)?)
            .map_err(|error| StoreError::Corrupt(format!("the policies of an invitation: {error}")))?,
        temporary_days: row.get(4)?,
        token_hash: row.get(5)?,
        inviter_id: row.get(6)?,
        inviter_arn: row.get(7)?,
        state: InvitationState::parse(row.get(8)?)?,
        created_at: row.get(9)?,
        expires_at: row.get(10)?,
    })
}
