//! `[verify]`: how far a signature's date is believed.

use serde::{Deserialize, Serialize};

/// The window of the APIs unless told otherwise: AWS's own.
pub(crate) const CLOCK_WINDOW_SECONDS: u64 = 900;
/// The window of what verifiers ask about unless told otherwise.
pub(crate) const VERIFY_WINDOW_SECONDS: u64 = 300;

/// `[verify]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Verify {
    /// How far a request's date may be from this machine's clock, in seconds, at the APIs. Default: 900.
    #[arg(long = "clock-window", env = "KEYSTEAD_CLOCK_WINDOW", value_name = "SECONDS")]
    pub(crate) clock_window_seconds: Option<u64>,
    /// The same for requests that verifiers ask about, in seconds. Default: 300.
    #[arg(long = "verify-window", env = "KEYSTEAD_VERIFY_WINDOW", value_name = "SECONDS")]
    pub(crate) verify_window_seconds: Option<u64>,
}

impl Verify {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            clock_window_seconds: self.clock_window_seconds.or(other.clock_window_seconds),
            verify_window_seconds: self.verify_window_seconds.or(other.verify_window_seconds),
        }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self {
            clock_window_seconds: Some(CLOCK_WINDOW_SECONDS),
            verify_window_seconds: Some(VERIFY_WINDOW_SECONDS),
        }
    }
}
