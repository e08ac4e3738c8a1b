//! `keystead consumer …`: who is given a managed credential, and in which way.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;
use crate::token_file;

const COLUMNS: &[&str] =
    &["name", "kind", "app_id", "required", "serving_access_key_id", "applied_access_key_id", "applied_at"];

/// Consumers.
#[derive(Debug, Subcommand)]
pub(crate) enum Consumer {
    /// Enroll an application, which may then fetch the credential with its token. The token is given once.
    #[command(after_help = "Example:\n  keystead consumer enroll orders web --kind credential-process \
                            --app-id web --token-file web.token")]
    Enroll {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
        /// A name for the consumer, unique for the credential.
        name: String,
        /// How it gets the credential.
        #[arg(long, value_enum)]
        kind: ConsumerKind,
        /// The application id that its SDK sends (AWS_SDK_UA_APP_ID), by which its use is recognised.
        #[arg(long, value_name = "ID")]
        app_id: Option<String>,
        /// Let rotations go on without having seen it on the new key.
        #[arg(long)]
        optional: bool,
        /// Write the token to a new file that only its owner may read, and do not print it.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// List the consumers of a managed credential.
    #[command(after_help = "Example:\n  keystead consumer list orders")]
    List {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
    },
    /// Remove a consumer: its token is refused from then on.
    #[command(after_help = "Example:\n  keystead consumer remove orders web")]
    Remove {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
        /// The consumer's name.
        name: String,
    },
}

/// How a consumer gets its credential.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ConsumerKind {
    /// Its SDK runs `keystead credential-process`.
    CredentialProcess,
    /// `keystead credentials-file` keeps its shared credentials file current.
    CredentialsFile,
}

impl ConsumerKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::CredentialProcess => "credential_process",
            Self::CredentialsFile => "credentials_file",
        }
    }
}

impl Consumer {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Enroll { remote, credential, name, kind, app_id, optional, token_file } => {
                let mut body = json!({ "name": name, "kind": kind.as_str(), "required": !optional });
                if let Some(app_id) = app_id {
                    body["app_id"] = app_id.into();
                }
                let enroll = || remote.connect()?.post(&path(&credential)?, &body);
                let enrolled = match token_file {
                    None => enroll()?,
                    Some(file) => token_file::put_into(&file, enroll)?,
                };
                style.print(&enrolled, &[])
            }
            Self::List { remote, credential } => {
                style.print(&remote.connect()?.list(&path(&credential)?, "consumers")?, COLUMNS)
            }
            Self::Remove { remote, credential, name } => {
                let path = format!("{}/{}", path(&credential)?, segment(&name)?);
                style.print(&remote.connect()?.delete(&path)?, &[])
            }
        }
    }
}

fn path(credential: &str) -> Result<String, Failure> {
    Ok(format!("/api/v1/credentials/{}/consumers", segment(credential)?))
}
