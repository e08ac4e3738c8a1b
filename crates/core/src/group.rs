//! A group of IAM users.

use crate::arn::Arn;
use crate::id::AccountId;
use crate::time::Timestamp;

/// A group, whose policies are those of every user in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its unique id, `AGPA…`.
    pub id: String,
    /// Its name as given; unique among the account's groups without regard to case.
    pub name: String,
    /// Its path, beginning and ending with a slash.
    pub path: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Group {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::group(self.account, &self.path, &self.name)
    }
}
