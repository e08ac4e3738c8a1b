//! `keystead invitation …`: people are asked by letter to become users of the account, and become so.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use keystead_core::SecretString;
use serde_json::json;

use crate::command::secret_input;
use crate::connection::{Remote, segment};
use crate::failure::{Failure, Kind};
use crate::output::Style;

const PATH: &str = "/api/v1/invitations";
const COLUMNS: [&str; 7] =
    ["email", "state", "invitation_id", "policies", "temporary_days", "invited_by", "expires_at"];
/// Stands for standard input in the place of a file.
const STANDARD_INPUT: &str = "-";

/// Invitations.
#[derive(Debug, Subcommand)]
pub(crate) enum Invitation {
    /// Invite somebody. The link goes to the address alone, and is good once and for six days.
    #[command(
        after_help = "Example:\n  keystead invitation create ana@example.com --policy observer --policy actor"
    )]
    Create {
        #[command(flatten)]
        remote: Remote,
        /// The address to invite.
        email: String,
        /// A shipped role, for example observer, or the ARN of a managed policy, which the new user gets; may be
        /// given more than once.
        #[arg(long = "policy", value_name = "NAME", required = true)]
        policies: Vec<String>,
        /// Take the policies away again after so many days.
        #[arg(long, value_name = "NUMBER")]
        days: Option<i64>,
    },
    /// List the invitations, and what became of each.
    #[command(after_help = "Example:\n  keystead invitation list")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Take an invitation back that was not accepted yet.
    #[command(after_help = "Example:\n  keystead invitation cancel 4f6d7a52-3c0e-4b0e-9a43-6a1c52a6f1f4")]
    Cancel {
        #[command(flatten)]
        remote: Remote,
        /// The invitation's id, as `invitation list` shows it.
        invitation_id: String,
    },
    /// Send an invitation again, good for six days from now. The link before is dead then.
    #[command(after_help = "Example:\n  keystead invitation resend 4f6d7a52-3c0e-4b0e-9a43-6a1c52a6f1f4")]
    Resend {
        #[command(flatten)]
        remote: Remote,
        /// The invitation's id, as `invitation list` shows it.
        invitation_id: String,
    },
    /// Become a user by the token in the letter. The password is read from standard input.
    #[command(
        after_help = "Example:\n  keystead invitation accept --token-file token.txt --user-name ana < password.txt"
    )]
    Accept {
        #[command(flatten)]
        remote: Remote,
        /// A file that holds the token of the letter; `-` for the line before the password on standard input.
        #[arg(long, value_name = "FILE")]
        token_file: PathBuf,
        /// The name to be known by.
        #[arg(long, value_name = "NAME")]
        user_name: String,
    },
}

impl Invitation {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Create { remote, email, policies, days } => {
                let body = json!({ "email": email, "policies": policies, "temporary_days": days });
                style.print(&remote.connect()?.post(PATH, &body)?, &COLUMNS)
            }
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "invitations")?, &COLUMNS),
            Self::Cancel { remote, invitation_id } => {
                let path = format!("{PATH}/{}", segment(&invitation_id)?);
                style.print(&remote.connect()?.delete(&path)?, &COLUMNS)
            }
            Self::Resend { remote, invitation_id } => {
                let path = format!("{PATH}/{}/resend", segment(&invitation_id)?);
                style.print(&remote.connect()?.post(&path, &json!({}))?, &COLUMNS)
            }
            Self::Accept { remote, token_file, user_name } => {
                let [token, password] = read_proofs(&token_file)?;
                let body =
                    json!({ "token": token.expose(), "user_name": user_name, "password": password.expose() });
                let made = remote.connect_as_bearer()?.post("/api/v1/invitation/accept", &body)?;
                style.print(&made, &["account_id", "user_name", "arn", "next_step"])
            }
        }
    }
}

/// The token and the password.
fn read_proofs(token_file: &Path) -> Result<[SecretString; 2], Failure> {
    if token_file == Path::new(STANDARD_INPUT) {
        return secret_input::read_two_lines("the token and a password of your choice");
    }
    let token = std::fs::read_to_string(token_file).map_err(|error| {
        Failure::new(Kind::Local, format!("The token file {}: {error}.", token_file.display()))
    })?;
    let token = SecretString::new(token.trim().to_owned());
    Ok([token, secret_input::read_line("a password of your choice")?])
}
