//! `keystead consumer …`: who is given a managed credential, and in which way.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::connection::{Remote, segment};
use crate::failure::{Failure, Kind};
use crate::output::Style;

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
                    Some(file) => enroll_into(&file, enroll)?,
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

/// Enrolls with the token going to a file. The file is made first: a token that is shown once must have
/// somewhere to go.
fn enroll_into(file: &Path, enroll: impl FnOnce() -> Result<Value, Failure>) -> Result<Value, Failure> {
    let failed = |error: std::io::Error| Failure::new(Kind::Local, format!("{}: {error}.", file.display()));
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    let write = || {
        let mut enrolled = enroll()?;
        let members = enrolled.as_object_mut();
        let token = members.and_then(|members| members.remove("token"));
        let token = token.as_ref().and_then(Value::as_str).unwrap_or_default();
        // No line break at the end: some SDKs would send it along.
        made.write_all(token.as_bytes()).and_then(|()| made.sync_all()).map_err(failed)?;
        enrolled["token_file"] = file.display().to_string().into();
        Ok(enrolled)
    };
    write().inspect_err(|_: &Failure| {
        // What is left is an empty file of our own.
        let _ = std::fs::remove_file(file);
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_goes_to_a_private_new_file_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let shown = enroll_into(&file, || Ok(json!({ "name": "web", "token": "t0ken" }))).unwrap();
        assert_eq!(shown, json!({ "name": "web", "token_file": file.display().to_string() }));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "t0ken");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(enroll_into(&file, || unreachable!("the file is there already")).is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "t0ken");
    }

    #[test]
    fn a_refused_enrollment_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        enroll_into(&file, || Err(Failure::new(Kind::Denied, "No."))).unwrap_err();
        assert!(!file.exists());
    }
}
