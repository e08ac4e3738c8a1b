//! `keystead root …`: the root user's address, password and MFA devices, which only the root user changes. Sign with
//! a key of the root user.

mod mfa;

use std::io::{self, IsTerminal, Read};

use clap::Subcommand;
use keystead_core::SecretString;
use serde_json::json;

use crate::connection::Remote;
use crate::failure::{Failure, Kind};
use crate::output::Style;

const PATH: &str = "/api/v1/root";
/// More than two passwords have, in bytes.
const PASSWORDS_MAX: u64 = 4096;

/// The root user.
#[derive(Debug, Subcommand)]
pub(crate) enum Root {
    /// Give the root user another e-mail address.
    #[command(after_help = "Example:\n  keystead root email ops@example.com --with-password < password.txt")]
    Email {
        #[command(flatten)]
        remote: Remote,
        /// The new address.
        email: String,
        /// Read the root user's password from standard input. It has to be given where one is set.
        #[arg(long)]
        with_password: bool,
    },
    /// Give the root user another password, or its first. They are read from standard input: the present one, where
    /// one is set, in the first line, and the new one in the next.
    #[command(after_help = "Example:\n  keystead root password < present-and-new-password.txt")]
    Password {
        #[command(flatten)]
        remote: Remote,
    },
    /// Give MFA devices to the root user.
    #[command(subcommand)]
    Mfa(mfa::Mfa),
}

impl Root {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Email { remote, email, with_password } => {
                let mut body = json!({ "email": email });
                if with_password {
                    match &read_passwords("Type the root user's password")?[..] {
                        [password] => body["password"] = json!(password.expose()),
                        _ => return Err(usage("Give one password on standard input, in one line.")),
                    }
                }
                let moved = remote.connect()?.put(&format!("{PATH}/email"), &body)?;
                style.print(&moved, &["account_id", "email"])
            }
            Self::Password { remote } => {
                let asked = "Type the present password if there is one, then the new one, a line each";
                let body = match &read_passwords(asked)?[..] {
                    [new] => json!({ "new_password": new.expose() }),
                    [present, new] => json!({ "password": present.expose(), "new_password": new.expose() }),
                    _ => {
                        return Err(usage(
                            "Give the present password, if there is one, and the new one on standard input, a line each.",
                        ));
                    }
                };
                let set = remote.connect()?.put(&format!("{PATH}/password"), &body)?;
                style.print(&set, &["account_id"])
            }
            Self::Mfa(mfa) => mfa.run(style),
        }
    }
}

fn usage(text: &str) -> Failure {
    Failure::new(Kind::Usage, text)
}

/// The lines of standard input, the one place where nobody else sees them.
fn read_passwords(asked: &str) -> Result<Vec<SecretString>, Failure> {
    if io::stdin().is_terminal() {
        eprintln!("{asked}, then press Ctrl-D.");
    }
    let mut text = String::new();
    io::stdin().take(PASSWORDS_MAX).read_to_string(&mut text)?;
    let text = SecretString::new(text);
    Ok(text.expose().lines().map(|line| line.to_owned().into()).collect())
}
