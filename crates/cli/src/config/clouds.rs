//! `[clouds]`: how other clouds are asked.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(crate) const TIMEOUT_SECONDS: u64 = 20;
pub(crate) const STATUS_INTERVAL_SECONDS: u64 = 300;
pub(crate) const STATUS_RETRY_SECONDS: u64 = 60;

/// `[clouds]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Clouds {
    /// How long one call to a cloud may take, in seconds. Default: 20
    #[arg(long = "cloud-timeout-seconds", env = "KEYSTEAD_CLOUD_TIMEOUT_SECONDS", value_name = "SECONDS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(crate) timeout_seconds: Option<u64>,
    /// How often the status of connected accounts that are well is looked after, in seconds. Default: 300
    #[arg(long = "cloud-status-interval-seconds", env = "KEYSTEAD_CLOUD_STATUS_INTERVAL_SECONDS")]
    #[arg(value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) status_interval_seconds: Option<u64>,
    /// How soon one that is not well is looked after again, in seconds; doubled each time, up to thirtyfold.
    /// Default: 60
    #[arg(long = "cloud-status-retry-seconds", env = "KEYSTEAD_CLOUD_STATUS_RETRY_SECONDS")]
    #[arg(value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) status_retry_seconds: Option<u64>,
    /// File of certificates in PEM to trust for clouds' endpoints and for delivery targets, besides those of the
    /// system. Default: none.
    #[arg(id = "cloud_ca_file", long = "cloud-ca-file", env = "KEYSTEAD_CLOUD_CA_FILE", value_name = "FILE")]
    #[serde(rename = "cloud_ca_file")]
    pub(crate) ca_file: Option<PathBuf>,
}

impl Clouds {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            timeout_seconds: self.timeout_seconds.or(other.timeout_seconds),
            status_interval_seconds: self.status_interval_seconds.or(other.status_interval_seconds),
            status_retry_seconds: self.status_retry_seconds.or(other.status_retry_seconds),
            ca_file: self.ca_file.or(other.ca_file),
        }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self {
            timeout_seconds: Some(TIMEOUT_SECONDS),
            status_interval_seconds: Some(STATUS_INTERVAL_SECONDS),
            status_retry_seconds: Some(STATUS_RETRY_SECONDS),
            ca_file: None,
        }
    }
}
