//! What a piece of evidence is worth, by where it comes from.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Our own verification: every request, refused ones too.
pub const AUTHORITY: &str = "verification by this authority";
/// Who was given which value of a stored credential.
pub const READS: &str = "reads of the credential store";
/// Where passwords are shown to services, of which nothing is heard here.
pub const UNSEEN: &str = "leases and deliveries; use is not seen here";
/// GetAccessKeyLastUsed: one time, one service, one region, for all users of a key together.
pub const LAST_USED: &str = "last used, as the endpoint tells it";
/// The same beside logs that were imported.
pub const LAST_USED_AND_LOGS: &str = "last used, as the endpoint tells it, and imported logs";
/// A person who says so.
pub const HUMAN: &str = "the word of ";

/// How much a piece of evidence proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// It may be wrong or hide others: silence is seen, but not whose.
    Weak,
    /// It shows where a key is, or who used it with a delay.
    Medium,
    /// It is exact.
    Strong,
}

impl Strength {
    /// What the evidence of a source is worth.
    pub fn of(source: &str) -> Self {
        match source {
            // The keys as listed and the clock are read where they are.
            AUTHORITY | "authority" | "key list" | "clock" => Self::Strong,
            LAST_USED => Self::Weak,
            _ if source.starts_with(HUMAN) => Self::Weak,
            _ => Self::Medium,
        }
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Medium => "medium",
            Self::Strong => "strong",
        }
    }
}
