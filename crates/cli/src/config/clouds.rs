//! `[clouds]`: how other clouds are asked.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(crate) const TIMEOUT_SECONDS: u64 = 20;

/// `[clouds]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Clouds {
    /// How long one call to a cloud may take, in seconds. Default: 20
    #[arg(long = "cloud-timeout-seconds", env = "KEYSTEAD_CLOUD_TIMEOUT_SECONDS", value_name = "SECONDS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(crate) timeout_seconds: Option<u64>,
    /// File of certificates in PEM to trust for clouds' endpoints, besides those of the system. Default: none.
    #[arg(id = "cloud_ca_file", long = "cloud-ca-file", env = "KEYSTEAD_CLOUD_CA_FILE", value_name = "FILE")]
    #[serde(rename = "cloud_ca_file")]
    pub(crate) ca_file: Option<PathBuf>,
}

impl Clouds {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            timeout_seconds: self.timeout_seconds.or(other.timeout_seconds),
            ca_file: self.ca_file.or(other.ca_file),
        }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self { timeout_seconds: Some(TIMEOUT_SECONDS), ca_file: None }
    }
}
