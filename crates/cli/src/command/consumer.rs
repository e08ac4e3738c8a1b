//! `keystead consumer …`: who is given a managed credential, and in which way.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::consumer_fetch::Fetch;
use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;
use crate::token_file;

const COLUMNS: &[&str] =
    &["name", "kind", "app_id", "required", "serving_access_key_id", "applied_access_key_id", "applied_at"];

const MAP_COLUMNS: &[&str] = &[
    "name",
    "kind",
    "owner",
    "sources",
    "services",
    "regions",
    "every_hours",
    "slowest_interval_seconds",
    "last_used_at",
    "uses",
    "refusals",
    "exempt.until",
];

/// What a use looks like, as the map shows it; what is left out may be anything.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Look {
    /// Where it comes from.
    #[arg(long, value_name = "ADDRESS")]
    source: Option<String>,
    /// For which service.
    #[arg(long)]
    service: Option<String>,
    /// With which application id.
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
}

impl Look {
    fn into_body(self, mut body: Value) -> Value {
        for (name, said) in [("source", self.source), ("service", self.service), ("app_id", self.app_id)] {
            if let Some(said) = said {
                body[name] = said.into();
            }
        }
        body
    }
}

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
        /// How often it runs at the least; a proof waits for so long to see it.
        #[arg(long, value_name = "HOURS")]
        every_hours: Option<u32>,
        /// Let rotations go on without having seen it on the new key.
        #[arg(long)]
        optional: bool,
        /// Write the token to a new file that only its owner may read, and do not print it.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// Keep a signing certificate and its private key current in files, and tell the server once they are.
    #[command(
        after_help = "Example:\n  keystead consumer fetch --token-file /etc/orders.token --out /srv/orders/tls \\\n    \
                            --reload-command 'systemctl reload orders'"
    )]
    Fetch(Fetch),
    /// List the consumers of a managed credential.
    #[command(after_help = "Example:\n  keystead consumer list orders")]
    List {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
    },
    /// Show everybody who uses a managed credential or is enrolled to, whether anybody knows them or not.
    #[command(
        after_help = "Example:\n  keystead consumer map orders --query \"consumers[?kind=='unknown']\""
    )]
    Map {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
    },
    /// Give a user of a managed credential that was never enrolled a name and an owner.
    #[command(
        after_help = "Example:\n  keystead consumer name orders backup --source 192.0.2.7 --service s3 \
                            --owner ops@example.com"
    )]
    Name {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
        /// What it is called from now on.
        name: String,
        /// Who answers for it.
        #[arg(long)]
        owner: Option<String>,
        #[command(flatten)]
        look: Look,
    },
    /// Say that what was seen of an unknown user is an enrolled consumer's doing.
    #[command(after_help = "Example:\n  keystead consumer assign orders web --source 192.0.2.7")]
    Assign {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
        /// The enrolled consumer.
        name: String,
        #[command(flatten)]
        look: Look,
    },
    /// Let a consumer's use of a key that leaves not count until a time: it may be interrupted.
    #[command(after_help = "Example:\n  keystead consumer exempt orders forgotten-script \
                            --until 2027-01-31T00:00:00Z --reason 'is switched off in January'")]
    Exempt {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
        /// The consumer, as the map names it.
        name: String,
        /// Until when.
        #[arg(long, value_name = "TIME")]
        until: String,
        /// Why it may be interrupted.
        #[arg(long)]
        reason: String,
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
    /// `keystead agent` serves its SDK as a container credentials endpoint.
    Container,
    /// `keystead agent` serves its SDK as an instance metadata service.
    Imds,
    /// `keystead agent` keeps files current.
    File,
    /// `keystead agent` runs a command with each new key.
    Exec,
    /// `keystead consumer fetch` keeps a signing certificate and its private key current in files.
    PemFiles,
    /// `keystead agent` hands it to systemd, for a unit that starts.
    Systemd,
}

impl ConsumerKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::CredentialProcess => "credential_process",
            Self::CredentialsFile => "credentials_file",
            Self::Container => "container",
            Self::Imds => "imds",
            Self::File => "file",
            Self::Exec => "exec",
            Self::PemFiles => "pem_files",
            Self::Systemd => "systemd",
        }
    }
}

impl Consumer {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Enroll { remote, credential, name, kind, app_id, every_hours, optional, token_file } => {
                let mut body = json!({ "name": name, "kind": kind.as_str(), "required": !optional });
                if let Some(app_id) = app_id {
                    body["app_id"] = app_id.into();
                }
                if let Some(hours) = every_hours {
                    body["every_hours"] = hours.into();
                }
                let enroll = || remote.connect()?.post(&path(&credential)?, &body);
                let enrolled = match token_file {
                    None => enroll()?,
                    Some(file) => token_file::put_into(&file, enroll)?,
                };
                style.print(&enrolled, &[])
            }
            Self::Fetch(fetch) => fetch.run(),
            Self::List { remote, credential } => {
                style.print(&remote.connect()?.list(&path(&credential)?, "consumers")?, COLUMNS)
            }
            Self::Map { remote, credential } => {
                let path = format!("{}/consumer-map", of(&credential)?);
                style.print(&remote.connect()?.list(&path, "consumers")?, MAP_COLUMNS)
            }
            Self::Name { remote, credential, name, owner, look } => {
                let mut body = look.into_body(json!({ "name": name }));
                if let Some(owner) = owner {
                    body["owner"] = owner.into();
                }
                let path = format!("{}/known-consumers", of(&credential)?);
                style.print(&remote.connect()?.post(&path, &body)?, &[])
            }
            Self::Assign { remote, credential, name, look } => {
                let path = format!("{}/assigned-consumers", of(&credential)?);
                let body = look.into_body(json!({ "consumer": name }));
                style.print(&remote.connect()?.post(&path, &body)?, &[])
            }
            Self::Exempt { remote, credential, name, until, reason } => {
                let path = format!("{}/exemptions", of(&credential)?);
                let body = json!({ "consumer": name, "until": until, "reason": reason });
                style.print(&remote.connect()?.post(&path, &body)?, &[])
            }
            Self::Remove { remote, credential, name } => {
                let path = format!("{}/{}", path(&credential)?, segment(&name)?);
                style.print(&remote.connect()?.delete(&path)?, &[])
            }
        }
    }
}

fn path(credential: &str) -> Result<String, Failure> {
    Ok(format!("{}/consumers", of(credential)?))
}

fn of(credential: &str) -> Result<String, Failure> {
    Ok(format!("/api/v1/credentials/{}", segment(credential)?))
}
