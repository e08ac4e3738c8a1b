//! An account: twelve digits, a root user, and everything that belongs to it.

use crate::id::AccountId;
use crate::time::Timestamp;

/// Whether an account may still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Closed by the operator: none of its credentials is accepted.
    Closed,
}

impl AccountStatus {
    /// The word it is stored and printed as.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Closed => "Closed",
        }
    }

    /// The reverse of [`AccountStatus::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Active" => Some(Self::Active),
            "Closed" => Some(Self::Closed),
            _ => None,
        }
    }
}

/// An account of the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// A name for people.
    pub name: String,
    /// The root user's e-mail address as given; unique in the installation without regard to case.
    pub root_email: String,
    /// Active or closed.
    pub status: AccountStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Checks the form of an e-mail address: one `@`, something on both sides, no space, at most 254 bytes.
pub fn check_email(email: &str) -> Result<(), &'static str> {
    let (local, domain) = email.split_once('@').ok_or("an e-mail address has the form name@example.com")?;
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '@';
    if local.is_empty()
        || domain.is_empty()
        || email.len() > 254
        || local.contains(bad)
        || domain.contains(bad)
    {
        return Err("an e-mail address has the form name@example.com, without spaces, at most 254 bytes");
    }
    Ok(())
}
