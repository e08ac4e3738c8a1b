//! People who are signed in to the console.

use keystead_core::{AccessKeyId, AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of console sessions.
pub struct ConsoleSessions<'t> {
    sql: &'t mut dyn Sql,
}

/// A session of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSession {
    /// The account it is of.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// A user id, or the account's number for the root user.
    pub owner_id: String,
    /// Hash of what the browser's cookie holds.
    pub token_hash: Vec<u8>,
    /// By which the audit names it; it signs nothing.
    pub access_key_id: AccessKeyId,
    /// The password it began with: a later one ends it.
    pub password_version: i64,
    /// When the password was given.
    pub signed_in_at: Timestamp,
    /// When a code of an MFA device was given.
    pub mfa_at: Option<Timestamp>,
    /// When a page was last asked for, to a minute.
    pub seen_at: Timestamp,
    /// The address it was begun from.
    pub source: String,
    /// What the browser calls itself.
    pub user_agent: String,
}

impl Tx<'_> {
    /// Sessions of the console.
    pub fn console_sessions(&mut self) -> ConsoleSessions<'_> {
        ConsoleSessions { sql: self.sql() }
    }
}

impl ConsoleSessions<'_> {
    /// Adds a session.
    pub fn insert(&mut self, session: &ConsoleSession) -> Result<()> {
        self.sql.execute(
            "insert into console_sessions
                 (account_id, session_id, owner_id, token_hash, access_key_id, password_version, signed_in_at,
                  mfa_at, seen_at, source, user_agent)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            values![
                session.account,
                &session.id,
                &session.owner_id,
                session.token_hash.as_slice(),
                session.access_key_id,
                session.password_version,
                session.signed_in_at,
                session.mfa_at,
                session.seen_at,
                &session.source,
                &session.user_agent,
            ],
        )?;
        Ok(())
    }

    /// The session of a token, if it began after `begun_after`, was seen after `seen_after`, and its owner has the
    /// same password still.
    pub fn find(
        &mut self,
        token_hash: &[u8],
        begun_after: Timestamp,
        seen_after: Timestamp,
    ) -> Result<Option<ConsoleSession>> {
        self.sql.find(
            "select s.account_id, s.session_id, s.owner_id, s.token_hash, s.access_key_id, s.password_version,
                    s.signed_in_at, s.mfa_at, s.seen_at, s.source, s.user_agent
             from console_sessions s
             join login_profiles p on p.account_id = s.account_id and p.owner_id = s.owner_id
                                  and p.version = s.password_version
             where s.token_hash = $1 and s.signed_in_at > $2 and s.seen_at > $3",
            values![token_hash, begun_after, seen_after],
            console_session,
        )
    }

    /// The sessions of an owner that are good, the latest first.
    pub fn list(
        &mut self,
        account: AccountId,
        owner_id: &str,
        begun_after: Timestamp,
        seen_after: Timestamp,
    ) -> Result<Vec<ConsoleSession>> {
        self.sql.list(
            "select s.account_id, s.session_id, s.owner_id, s.token_hash, s.access_key_id, s.password_version,
                    s.signed_in_at, s.mfa_at, s.seen_at, s.source, s.user_agent
             from console_sessions s
             join login_profiles p on p.account_id = s.account_id and p.owner_id = s.owner_id
                                  and p.version = s.password_version
             where s.account_id = $1 and s.owner_id = $2 and s.signed_in_at > $3 and s.seen_at > $4
             order by s.signed_in_at desc, s.session_id",
            values![account, owner_id, begun_after, seen_after],
            console_session,
        )
    }

    /// Notes that a page was asked for.
    pub fn touch(&mut self, account: AccountId, id: &str, now: Timestamp) -> Result<()> {
        self.sql.execute(
            "update console_sessions set seen_at = $1 where account_id = $2 and session_id = $3",
            values![now, account, id],
        )?;
        Ok(())
    }

    /// Ends one session of an owner; false where there is none.
    pub fn delete(&mut self, account: AccountId, owner_id: &str, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from console_sessions where account_id = $1 and owner_id = $2 and session_id = $3",
            values![account, owner_id, id],
        )?;
        Ok(deleted > 0)
    }

    /// Ends all sessions of an owner.
    pub fn delete_all(&mut self, account: AccountId, owner_id: &str) -> Result<()> {
        self.sql.execute(
            "delete from console_sessions where account_id = $1 and owner_id = $2",
            values![account, owner_id],
        )?;
        Ok(())
    }

    /// Forgets sessions that began before `begun_before`; none of them is good any more.
    pub fn delete_old(&mut self, begun_before: Timestamp) -> Result<()> {
        self.sql.execute("delete from console_sessions where signed_in_at < $1", values![begun_before])?;
        Ok(())
    }
}

fn console_session(row: &Row<'_>) -> Result<ConsoleSession> {
    Ok(ConsoleSession {
        account: row.get(0)?,
        id: row.get(1)?,
        owner_id: row.get(2)?,
        token_hash: row.get(3)?,
        access_key_id: row.get(4)?,
        password_version: row.get(5)?,
        signed_in_at: row.get(6)?,
        mfa_at: row.get(7)?,
        seen_at: row.get(8)?,
        source: row.get(9)?,
        user_agent: row.get(10)?,
    })
}
