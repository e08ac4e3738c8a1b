//! A transaction as repositories and commands see it, and the command that a writing one belongs to.

use std::fmt;
use std::str::FromStr;

use keystead_core::{AccessKeyId, AccountId};

use crate::error::{Result, StoreError};
use crate::sql::{Dialect, Sql, Visit};
use crate::value::{Value, values};

/// What is known of a write before it runs. Its id makes a second run of it known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Unique in the change table.
    pub id: String,
    /// The account it acts in, if it acts in one.
    pub account: Option<AccountId>,
    /// The client's own id of its attempts, if it sent one.
    pub invocation_id: Option<String>,
}

/// Something in memory that a commit made stale.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Touched {
    /// An account: its status.
    Account(AccountId),
    /// A user, group or role: its name, path, tags, policies or groups, or that it is gone.
    Principal {
        /// The account it belongs to.
        account: AccountId,
        /// Its unique id.
        id: String,
    },
    /// A managed policy, by its ARN: the document in force, its tags, or that it is gone.
    Policy {
        /// The account it belongs to.
        account: AccountId,
        /// Its ARN.
        arn: String,
    },
    /// The sessions of a subject were revoked.
    Sessions {
        /// The account they act in.
        account: AccountId,
        /// The unique id or access key id they were made from.
        subject: String,
    },
    /// An access key: its status, or that it is new or gone. A honey key too.
    AccessKey(AccessKeyId),
    /// The signing certificates of a user or root user.
    SigningCertificates {
        /// The account they belong to.
        account: AccountId,
        /// The unique id of the user, or the account's number for the root user.
        owner_id: String,
    },
    /// A verifier, by its id.
    Verifier(String),
    /// A managed credential, its copies or consumers.
    Custody {
        /// The account it belongs to.
        account: AccountId,
        /// Its id.
        credential: String,
    },
}

impl fmt::Display for Touched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account:{account}"),
            Self::Principal { account, id } => write!(f, "principal:{account}:{id}"),
            Self::Policy { account, arn } => write!(f, "policy:{account}:{arn}"),
            Self::Sessions { account, subject } => write!(f, "sessions:{account}:{subject}"),
            Self::AccessKey(id) => write!(f, "access_key:{id}"),
            Self::SigningCertificates { account, owner_id } => {
                write!(f, "signing_certificates:{account}:{owner_id}")
            }
            Self::Verifier(id) => write!(f, "verifier:{id}"),
            Self::Custody { account, credential } => write!(f, "custody:{account}:{credential}"),
        }
    }
}

impl FromStr for Touched {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (kind, rest) = text.split_once(':')?;
            let pair = || rest.split_once(':').and_then(|(a, id)| Some((a.parse().ok()?, id.to_owned())));
            Some(match kind {
                "account" => Self::Account(rest.parse().ok()?),
                "principal" => pair().map(|(account, id)| Self::Principal { account, id })?,
                "policy" => pair().map(|(account, arn)| Self::Policy { account, arn })?,
                "sessions" => pair().map(|(account, subject)| Self::Sessions { account, subject })?,
                "access_key" => Self::AccessKey(rest.parse().ok()?),
                "signing_certificates" => {
                    pair().map(|(account, owner_id)| Self::SigningCertificates { account, owner_id })?
                }
                "verifier" => Self::Verifier(rest.to_owned()),
                "custody" => pair().map(|(account, credential)| Self::Custody { account, credential })?,
                _ => return None,
            })
        };
        parse().ok_or_else(|| StoreError::Corrupt(format!("`{text}` names nothing that a commit can touch")))
    }
}

/// An open transaction. Each aggregate has a repository here: `tx.users()`, `tx.access_keys()` …
///
/// After an error of the database the transaction does nothing more, on either engine: PostgreSQL cannot
/// go on, so SQLite must not either.
pub struct Tx<'a> {
    sql: Guarded<'a>,
    command: Option<&'a str>,
    touched: Vec<Touched>,
}

impl<'a> Tx<'a> {
    pub(crate) fn reading(sql: &'a mut dyn Sql) -> Self {
        Self { sql: Guarded { sql, failed: None }, command: None, touched: Vec::new() }
    }

    pub(crate) fn writing(sql: &'a mut dyn Sql, command: &'a str) -> Self {
        Self { command: Some(command), ..Self::reading(sql) }
    }

    /// Says what this commit changed; the listener hears of it after the commit and before any answer.
    pub fn touch(&mut self, touched: Touched) {
        self.touched.push(touched);
    }

    /// Holds the owner's row until the end of the transaction, so that what is read about the owner's
    /// keys and policies stays true. SQLite has one writer and needs nothing.
    pub fn lock_user(&mut self, account: AccountId, owner_id: &str) -> Result<()> {
        if owner_id == account.to_string() {
            return self.lock_account(account);
        }
        self.lock(
            "select user_id from users where account_id = $1 and user_id = $2 for update",
            values![account, owner_id],
        )
    }

    /// Holds the account's row until the end of the transaction.
    pub fn lock_account(&mut self, account: AccountId) -> Result<()> {
        self.lock("select account_id from accounts where account_id = $1 for update", values![account])
    }

    /// Holds the rows of a query that ends in `for update`.
    pub(crate) fn lock(&mut self, sql: &str, values: &[Value]) -> Result<()> {
        match self.sql.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self.sql.each(sql, values, &mut |_| Ok(())),
        }
    }

    /// The connection under the guard, for a repository.
    pub(crate) fn sql(&mut self) -> &mut dyn Sql {
        &mut self.sql
    }

    /// The id of the command that this transaction belongs to.
    pub(crate) fn command(&self) -> Option<&'a str> {
        self.command
    }

    /// The first error of the database, and what was touched.
    pub(crate) fn into_outcome(self) -> (Option<StoreError>, Vec<Touched>) {
        (self.sql.failed, self.touched)
    }
}

/// A connection that does nothing more after its first error.
struct Guarded<'a> {
    sql: &'a mut dyn Sql,
    failed: Option<StoreError>,
}

impl Guarded<'_> {
    fn run<T>(&mut self, statement: impl FnOnce(&mut dyn Sql) -> Result<T>) -> Result<T> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        statement(self.sql).inspect_err(|error| self.failed = Some(error.clone()))
    }
}

impl Sql for Guarded<'_> {
    fn dialect(&self) -> Dialect {
        self.sql.dialect()
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        self.run(|inner| inner.execute(sql, values))
    }

    fn each(&mut self, sql: &str, values: &[Value], visit: &mut Visit<'_>) -> Result<()> {
        self.run(|inner| inner.each(sql, values, visit))
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.run(|inner| inner.batch(sql))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_touched_survives_as_text() {
        let account = "000000000042".parse().unwrap();
        for touched in [
            Touched::Account(account),
            Touched::Principal { account, id: "AIDA:odd".to_owned() },
            Touched::Policy { account, arn: "arn:aws:iam::000000000042:policy/p".to_owned() },
            Touched::Sessions { account, subject: "AKIAIOSFODNN7EXAMPLE".to_owned() },
            Touched::AccessKey("AKIAIOSFODNN7EXAMPLE".parse().unwrap()),
            Touched::SigningCertificates { account, owner_id: "AIDAIOSFODNN7EXAMPLE".to_owned() },
            Touched::Verifier("v-1".to_owned()),
            Touched::Custody { account, credential: "c-1".to_owned() },
        ] {
            assert_eq!(touched.to_string().parse(), Ok(touched));
        }
        assert!("account:12".parse::<Touched>().is_err());
        assert!("rumour:x".parse::<Touched>().is_err());
    }
}
