//! `keystead root mfa …`: IAM's operations name a user, which the root user is not.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::connection::Remote;
use crate::failure::Failure;
use crate::output::Style;

const MFA_DEVICES: &str = "/api/v1/root/mfa-devices";

/// The root user's MFA devices.
#[derive(Debug, Subcommand)]
pub(crate) enum Mfa {
    /// Give a virtual device, made with `aws iam create-virtual-mfa-device`, to the root user.
    #[command(
        after_help = "Example:\n  keystead root mfa enable arn:aws:iam::123456789012:mfa/phone --code1 123456 --code2 654321"
    )]
    Enable(Pair),
    /// Find the clock of the root user's device again.
    #[command(
        after_help = "Example:\n  keystead root mfa resync arn:aws:iam::123456789012:mfa/phone --code1 123456 --code2 654321"
    )]
    Resync(Pair),
}

/// A device and two of its codes.
#[derive(Debug, Args)]
pub(crate) struct Pair {
    #[command(flatten)]
    remote: Remote,
    /// The device's serial number, an ARN.
    serial_number: String,
    /// A code that the device shows.
    #[arg(long, value_name = "CODE")]
    code1: String,
    /// The code that it shows next.
    #[arg(long, value_name = "CODE")]
    code2: String,
}

impl Mfa {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        let (path, pair) = match self {
            Self::Enable(pair) => (MFA_DEVICES.to_owned(), pair),
            Self::Resync(pair) => (format!("{MFA_DEVICES}/resync"), pair),
        };
        let body = json!({
            "serial_number": pair.serial_number,
            "authentication_code1": pair.code1,
            "authentication_code2": pair.code2,
        });
        style.print(&pair.remote.connect()?.post(&path, &body)?, &["serial_number"])
    }
}
