//! `keystead password-policy …`: what passwords in the account have to be.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use crate::connection::Remote;
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/password-policy";
const COLUMNS: &[&str] = &[
    "preset",
    "minimum_length",
    "require_three_kinds",
    "refuse_guessable",
    "max_age_days",
    "reuse_prevention",
    "allow_users_to_change",
    "why",
];

/// The password policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PasswordPolicy {
    /// Show the policy in force, and why it is as it is.
    #[command(after_help = "Example:\n  keystead password-policy show")]
    Show {
        #[command(flatten)]
        remote: Remote,
    },
    /// Set a policy that was thought through, in the place of what is there.
    #[command(after_help = "Example:\n  keystead password-policy preset nist")]
    Preset {
        #[command(flatten)]
        remote: Remote,
        /// Which.
        #[arg(value_enum)]
        preset: Preset,
    },
}

/// The presets.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Preset {
    /// 15 characters or more, none of them prescribed, no expiry; what is guessed first is refused.
    Nist,
    /// What AWS asks for where nothing is set: 8 characters of three kinds.
    AwsDefault,
}

impl PasswordPolicy {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        let policy = match self {
            Self::Show { remote } => remote.connect()?.get(PATH)?,
            Self::Preset { remote, preset } => {
                let preset = match preset {
                    Preset::Nist => "NIST",
                    Preset::AwsDefault => "AWS_DEFAULT",
                };
                remote.connect()?.put(&format!("{PATH}/preset"), &json!({ "preset": preset }))?
            }
        };
        style.print(&policy, COLUMNS)
    }
}
