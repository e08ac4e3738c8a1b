//! `[federation]`: where the keys of other issuers come from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[federation]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Federation {
    /// Issuers of OpenID Connect tokens inside this network, for example https://gitlab.internal. Those outside
    /// need not be named; any other inside is not asked for its keys, so that no tenant makes this server look
    /// around in its own network. Default: none.
    #[arg(long = "issuer", env = "KEYSTEAD_ISSUERS", value_name = "URL", value_delimiter = ',')]
    pub(crate) issuers: Option<Vec<String>>,
    /// File of certificates in PEM to trust for issuers, besides those of the system. Default: none.
    #[arg(long = "issuer-ca-file", env = "KEYSTEAD_ISSUER_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

impl Federation {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self { issuers: self.issuers.or(other.issuers), ca_file: self.ca_file.or(other.ca_file) }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self { issuers: Some(Vec::new()), ca_file: None }
    }
}
