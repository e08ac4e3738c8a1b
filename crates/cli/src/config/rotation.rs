//! `[rotation]`: whose keys may be rotated.

use serde::{Deserialize, Serialize};

/// `[rotation]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rotation {
    /// IAM endpoints elsewhere whose credentials may be managed here, for example https://iam.amazonaws.com.
    /// Any other is refused, so that nobody makes this server call where it should not. Default: none.
    #[arg(long = "endpoint", env = "KEYSTEAD_ENDPOINTS", value_name = "URL", value_delimiter = ',')]
    pub(crate) endpoints: Option<Vec<String>>,
}

impl Rotation {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self { endpoints: self.endpoints.or(other.endpoints) }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self { endpoints: Some(Vec::new()) }
    }
}
