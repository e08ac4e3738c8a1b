//! An IAM user.

use crate::arn::Arn;
use crate::id::AccountId;
use crate::time::Timestamp;

/// An IAM user of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its unique id, `AIDA…`: never used again, not even for a user of the same name.
    pub id: String,
    /// Its name as given; unique in the account without regard to case.
    pub name: String,
    /// Its path, beginning and ending with a slash.
    pub path: String,
    /// ARN of the managed policy that bounds what it may be allowed, if one does.
    pub permissions_boundary: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl User {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::user(self.account, &self.path, &self.name)
    }
}

/// A name as it is compared: IAM's names are unique without regard to case.
pub fn fold_name(name: &str) -> String {
    name.to_ascii_lowercase()
}
