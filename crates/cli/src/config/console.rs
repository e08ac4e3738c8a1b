//! `[console]`: who is let in at the console.

use serde::{Deserialize, Serialize};

/// How many wrong passwords from one address bring a challenge unless told otherwise.
pub(crate) const CHALLENGE_AFTER: u32 = 20;

/// `[console]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Console {
    /// After how many wrong passwords from one address within 15 minutes sign-ins from there answer a challenge too.
    /// Nobody is shut out by it, and browsers that signed in before are not asked. Default: 20.
    #[arg(long = "challenge-after", env = "KEYSTEAD_CHALLENGE_AFTER", value_name = "WRONG PASSWORDS")]
    pub(crate) challenge_after: Option<u32>,
}

impl Console {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self { challenge_after: self.challenge_after.or(other.challenge_after) }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self { challenge_after: Some(CHALLENGE_AFTER) }
    }
}
