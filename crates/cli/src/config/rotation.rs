//! `[rotation]`: whose keys may be rotated, where inside the operator's network they may be delivered, and who is told.

use std::path::PathBuf;

use keystead_core::SecretString;
use keystead_rotation::notices::addresses;
use serde::{Deserialize, Serialize};

use crate::command::notify::read_secret_file;
use crate::failure::{Failure, Kind};

/// `[rotation]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rotation {
    /// IAM endpoints elsewhere whose credentials may be managed here, for example https://iam.amazonaws.com.
    /// Any other is refused, so that nobody makes this server call where it should not. Default: none.
    #[arg(long = "endpoint", env = "KEYSTEAD_ENDPOINTS", value_name = "URL", value_delimiter = ',')]
    pub(crate) endpoints: Option<Vec<String>>,
    /// Addresses inside your network at which delivery targets may be, for example https://vault.internal:8200.
    /// Public ones need not be named. http is taken for loopback alone. Default: none.
    #[arg(long = "target", env = "KEYSTEAD_TARGETS", value_name = "URL", value_delimiter = ',')]
    pub(crate) targets: Option<Vec<String>>,
    /// The e-mail address that is told of rotations of credentials that name none of their own. Default: none.
    #[arg(long, env = "KEYSTEAD_NOTIFY_EMAIL", value_name = "ADDRESS")]
    pub(crate) notify_email: Option<String>,
    /// Where signed calls about rotations go, of credentials that name no such address of their own; it may be inside
    /// your network. Default: none.
    #[arg(long, env = "KEYSTEAD_NOTIFY_WEBHOOK", value_name = "URL")]
    pub(crate) notify_webhook: Option<String>,
    /// A file with the secret that those calls are signed with, in one line of 16 bytes or more. Default: none.
    #[arg(long, env = "KEYSTEAD_NOTIFY_WEBHOOK_SECRET_FILE", value_name = "FILE")]
    pub(crate) notify_webhook_secret_file: Option<PathBuf>,
}

impl Rotation {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            endpoints: self.endpoints.or(other.endpoints),
            targets: self.targets.or(other.targets),
            notify_email: self.notify_email.or(other.notify_email),
            notify_webhook: self.notify_webhook.or(other.notify_webhook),
            notify_webhook_secret_file: self.notify_webhook_secret_file.or(other.notify_webhook_secret_file),
        }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self { endpoints: Some(Vec::new()), targets: Some(Vec::new()), ..Self::default() }
    }

    /// Where calls go unless a credential says otherwise, and what they are signed with.
    pub(crate) fn webhook(&self) -> Result<Option<(String, SecretString)>, Failure> {
        let webhook = match (&self.notify_webhook, &self.notify_webhook_secret_file) {
            (None, None) => None,
            (Some(url), Some(file)) => Some((url.clone(), read_secret_file(file)?)),
            _ => {
                return Err(Failure::new(
                    Kind::Usage,
                    "`notify_webhook` and `notify_webhook_secret_file` go together; one is missing.",
                ));
            }
        };
        let checked = webhook.as_ref().map(|(url, secret)| (&**url, secret));
        addresses::check_default(self.notify_email.as_deref(), checked)
            .map_err(|why| Failure::new(Kind::Usage, format!("{why}.")))?;
        Ok(webhook)
    }
}
