//! Managed policies of an account, and their versions.

use crate::arn::Arn;
use crate::id::AccountId;
use crate::time::Timestamp;

/// A managed policy of an account, without the documents of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its unique id, `ANPA…`.
    pub id: String,
    /// Its name as given; unique among the account's policies without regard to case.
    pub name: String,
    /// Its path, beginning and ending with a slash.
    pub path: String,
    /// What it is for, in words.
    pub description: Option<String>,
    /// The number of the version in force: 3 for `v3`.
    pub default_version: i64,
    /// How many versions it ever had; a number is never used again.
    pub versions_made: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its newest version was made.
    pub updated_at: Timestamp,
}

impl ManagedPolicy {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::policy(self.account, &self.path, &self.name)
    }
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Its number: 3 for `v3`.
    pub number: i64,
    /// Its document, as given.
    pub document: String,
    /// When it was made.
    pub created_at: Timestamp,
}
