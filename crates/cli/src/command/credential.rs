//! `keystead credential …`: values kept under names. Nobody is shown one but who may see it, after a password; inputs
//! select them by name.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use keystead_core::SecretString;
use serde_json::{Value, json};

use super::secret_input;
use crate::connection::{Remote, segment};
use crate::failure::{Failure, Kind};
use crate::output::Style;

const PATH: &str = "/api/v1/stored-credentials";
const COLUMNS: &[&str] =
    &["name", "kind", "description", "version", "expires_at", "expired", "last_read_at", "updated_at"];
const CHANGED: &[&str] = &["name", "kind", "version", "expires_at", "updated_at"];
/// More than a value may have, in bytes.
const VALUE_MAX: u64 = 70_000;

/// Stored credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum Credential {
    /// Store a value under a name. It is read from standard input, without the line break at its end.
    #[command(
        after_help = "Example:\n  pass show db | keystead credential create DB_PASSWORD --description 'orders db'"
    )]
    Create {
        #[command(flatten)]
        remote: Remote,
        /// A name for it, unique in the account and compared exactly.
        name: String,
        #[command(flatten)]
        details: Details,
        /// Read the value from this file, to the last byte.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// List the stored credentials; values are not shown.
    #[command(after_help = "Example:\n  keystead credential list --generated")]
    List {
        #[command(flatten)]
        remote: Remote,
        /// List those that were generated for connected clouds instead.
        #[arg(long)]
        generated: bool,
    },
    /// Show a stored credential, where it is used and to whom it is granted; its value is not shown.
    #[command(after_help = "Example:\n  keystead credential show DB_PASSWORD")]
    Show {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    /// Change what is said of a credential, or with --value its value, which becomes its newest version.
    #[command(after_help = "Example:\n  pass show db | keystead credential update DB_PASSWORD --value")]
    Update {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        #[command(flatten)]
        details: Details,
        /// Read a new value from standard input, without the line break at its end.
        #[arg(long)]
        value: bool,
        /// Read a new value from this file, to the last byte.
        #[arg(long, value_name = "FILE", conflicts_with = "value")]
        file: Option<PathBuf>,
    },
    /// Delete a credential: from then on no workload is given it.
    #[command(after_help = "Example:\n  keystead credential delete DB_PASSWORD")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    /// Print the value of a credential. Your own password is read from standard input.
    #[command(after_help = "Example:\n  keystead credential reveal DB_PASSWORD < my-password.txt")]
    Reveal {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        /// An older version of its value.
        #[arg(long, value_name = "NUMBER")]
        version_number: Option<i64>,
    },
    /// List the versions of a credential that are kept.
    #[command(after_help = "Example:\n  keystead credential versions DB_PASSWORD")]
    Versions {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    /// Make the value of an older version the newest one.
    #[command(after_help = "Example:\n  keystead credential restore DB_PASSWORD 3")]
    Restore {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        /// The version whose value is wanted back.
        version_number: i64,
    },
    /// Bring a credential's value under rotation: signed calls to an address of yours set a new one where it is checked.
    /// What they are signed with is read from standard input. Then: keystead rotate start stored:NAME
    #[command(after_help = "Example:\n  pass show hook | \
                            keystead credential manage DB_PASSWORD --set-url https://db.example.com/password")]
    Manage(Manage),
    /// List who was given a credential's value, newest first.
    #[command(after_help = "Example:\n  keystead credential reads DB_PASSWORD")]
    Reads {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    /// Let a workload, or all of a deployment, be given a generated credential.
    #[command(after_help = "Example:\n  keystead credential grant AWS_ACCESS_KEY_ID --workload web")]
    Grant {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        #[command(flatten)]
        holder: Holder,
    },
    /// Take such a grant back.
    #[command(after_help = "Example:\n  keystead credential revoke-grant AWS_ACCESS_KEY_ID --workload web")]
    RevokeGrant {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        #[command(flatten)]
        holder: Holder,
    },
    /// Make the generated credentials of a connected cloud again, those that were deleted.
    #[command(after_help = "Example:\n  keystead credential regenerate aws")]
    Regenerate {
        #[command(flatten)]
        remote: Remote,
        /// The connected cloud account.
        cloud_account: String,
    },
}

/// What is said of a credential.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Details {
    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// From when on it is not handed out, for example 2030-01-31T12:00:00Z; or never.
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// A tag; give it as often as there are tags.
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<String>,
}

/// A workload or a deployment.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Holder {
    /// The workload.
    #[arg(long, value_name = "NAME")]
    pub(crate) workload: Option<String>,
    /// The deployment.
    #[arg(long, value_name = "NAME")]
    pub(crate) deployment: Option<String>,
}

impl Holder {
    /// The member of the API that names it, and its name.
    pub(crate) fn member(&self) -> Result<(&'static str, &str), Failure> {
        match (&self.workload, &self.deployment) {
            (Some(workload), _) => Ok(("workload", segment(workload)?)),
            (_, Some(deployment)) => Ok(("deployment", segment(deployment)?)),
            (None, None) => Err(Failure::new(Kind::Usage, "Give --workload or --deployment.")),
        }
    }
}

impl Details {
    fn put_into(self, body: &mut Value) -> Result<(), Failure> {
        for (member, value) in [("description", self.description), ("expires_at", self.expires_at)] {
            if let Some(value) = value {
                body[member] = value.into();
            }
        }
        for tag in &self.tags {
            let (key, value) = tag.split_once('=').ok_or_else(|| {
                Failure::new(
                    Kind::Usage,
                    "A --tag is a key and a value with = between, for example team=orders.",
                )
            })?;
            body["tags"][key] = value.into();
        }
        Ok(())
    }
}

/// How a credential's value is rotated.
#[derive(Debug, clap::Args)]
pub(crate) struct Manage {
    #[command(flatten)]
    remote: Remote,
    /// Its name.
    name: String,
    /// Where calls go: an https address.
    #[arg(long, value_name = "URL")]
    set_url: String,
    /// Do not have a value tried by a call once it is set.
    #[arg(long)]
    no_test: bool,
    /// How many characters a new value has [default: 32].
    #[arg(long)]
    length: Option<usize>,
    /// The characters it is drawn from [default: letters and digits].
    #[arg(long)]
    alphabet: Option<String>,
    /// The durations to keep to: standard, or demo, which is not for values that matter.
    #[arg(long)]
    profile: Option<String>,
}

impl Manage {
    fn run(&self, style: &Style) -> Result<(), Failure> {
        let body = json!({
            "set_url": self.set_url,
            "signing_secret": secret_input::read_line("what calls are signed with")?.expose(),
            "test": !self.no_test,
            "length": self.length,
            "alphabet": self.alphabet,
            "profile": self.profile,
        });
        let managed = self.remote.connect()?.post(&format!("{}/manage", path(&self.name)?), &body)?;
        style.print(&managed, &["name", "kind", "access_key_id", "profile"])
    }
}

impl Credential {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Create { remote, name, details, file } => {
                let mut body = json!({ "name": name, "secret_value": read_value(file.as_deref())?.expose() });
                details.put_into(&mut body)?;
                style.print(&remote.connect()?.post(PATH, &body)?, CHANGED)
            }
            Self::List { remote, generated } => {
                let list =
                    remote.connect()?.list(&format!("{PATH}?generated={generated}"), "stored_credentials")?;
                style.print(&list, COLUMNS)
            }
            Self::Show { remote, name } => style.print(&remote.connect()?.get(&path(&name)?)?, &[]),
            Self::Update { remote, name, details, value, file } => {
                let mut body = json!({});
                if value || file.is_some() {
                    body["secret_value"] = read_value(file.as_deref())?.expose().clone().into();
                }
                details.put_into(&mut body)?;
                style.print(&remote.connect()?.put(&path(&name)?, &body)?, CHANGED)
            }
            Self::Delete { remote, name } => {
                style.print(&remote.connect()?.delete(&path(&name)?)?, &["name"])
            }
            Self::Reveal { remote, name, version_number } => {
                let mut body = json!({ "password": secret_input::read_line("your password")?.expose() });
                if let Some(version) = version_number {
                    body["version"] = version.into();
                }
                let shown = remote.connect()?.post(&format!("{}/reveal", path(&name)?), &body)?;
                style.print_as(&shown, |shown| shown["secret_value"].as_str().unwrap_or_default().to_owned())
            }
            Self::Versions { remote, name } => {
                let versions = remote.connect()?.get(&format!("{}/versions", path(&name)?))?;
                style.print(&versions, &["version", "restored_from", "created_by", "created_at"])
            }
            Self::Restore { remote, name, version_number } => {
                let body = json!({ "version": version_number });
                style.print(&remote.connect()?.post(&format!("{}/restore", path(&name)?), &body)?, CHANGED)
            }
            Self::Manage(manage) => manage.run(style),
            Self::Reads { remote, name } => {
                let reads = remote.connect()?.list(&format!("{}/reads", path(&name)?), "reads")?;
                style.print(&reads, &["number", "version", "reader", "read_at"])
            }
            Self::Grant { remote, name, holder } => {
                let (member, holder) = holder.member()?;
                let granted = remote
                    .connect()?
                    .post(&format!("{}/grants", path(&name)?), &json!({ member: holder }))?;
                style.print(&granted, &[])
            }
            Self::RevokeGrant { remote, name, holder } => {
                let (member, holder) = holder.member()?;
                let path =
                    format!("{}/grants?{member}={}", path(&name)?, keystead_aws::percent_encode(holder));
                style.print(&remote.connect()?.delete(&path)?, &[])
            }
            Self::Regenerate { remote, cloud_account } => {
                let cloud_account = segment(&cloud_account)?;
                let path = format!("/api/v1/cloud-accounts/{cloud_account}/generated-credentials");
                style.print(&remote.connect()?.post(&path, &json!({}))?, &["name", "kind", "created_at"])
            }
        }
    }
}

fn path(name: &str) -> Result<String, Failure> {
    Ok(format!("{PATH}/{}", segment(name)?))
}

/// Reads a value: from a file as it is, or from standard input without the line break that programs put at its end.
fn read_value(file: Option<&Path>) -> Result<SecretString, Failure> {
    let unreadable =
        |error: io::Error| Failure::new(Kind::Local, format!("The value cannot be read: {error}."));
    let mut text = String::new();
    let Some(file) = file else {
        if io::stdin().is_terminal() {
            eprintln!("Paste the value, then press Ctrl-D.");
        }
        io::stdin().take(VALUE_MAX).read_to_string(&mut text).map_err(unreadable)?;
        let text = SecretString::new(text);
        let value = text.expose().strip_suffix('\n').unwrap_or(text.expose());
        return Ok(value.strip_suffix('\r').unwrap_or(value).to_owned().into());
    };
    let file = std::fs::File::open(file).map_err(unreadable)?;
    file.take(VALUE_MAX).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text.into())
}
