//! Other credentials for a connected account, and the way back.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::connect::{put, put_key};
use super::path;
use crate::connection::Remote;
use crate::failure::{Failure, Kind};
use crate::output::Style;

/// `keystead cloud update`.
#[derive(Debug, clap::Args)]
pub(crate) struct Update {
    #[command(flatten)]
    remote: Remote,
    /// The connected account's name.
    name: String,
    /// Another access key of the same account; its secret is read from standard input.
    #[arg(long, value_name = "ID")]
    access_key_id: Option<String>,
    /// A role to assume, with that key or with the installation's own.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// A file with an X.509 certificate in PEM.
    #[arg(long, value_name = "FILE", requires = "private_key_file")]
    certificate_file: Option<PathBuf>,
    /// A file with its private key in PEM.
    #[arg(long, value_name = "FILE", requires = "certificate_file")]
    private_key_file: Option<PathBuf>,
}

/// `keystead cloud undo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Undo {
    #[command(flatten)]
    remote: Remote,
    /// The connected account's name.
    name: String,
}

/// `keystead cloud rotate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    remote: Remote,
    /// The connected account's name.
    name: String,
    /// The durations to keep to: standard, or demo, which is not for keys that matter.
    #[arg(long)]
    profile: Option<String>,
}

impl Update {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let (connection, path) = (self.remote.connect()?, path(&self.name)?);
        let mut body = json!({});
        put(&mut body, "certificate", self.certificate_file.as_deref().map(read).transpose()?);
        put(&mut body, "private_key", self.private_key_file.as_deref().map(read).transpose()?);
        put(&mut body, "role_arn", self.role_arn);
        put_key(&mut body, self.access_key_id)?;
        print(style, &connection.put(&format!("{path}/credentials"), &body)?)
    }
}

impl Undo {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let undo = format!("{}/credentials/undo", path(&self.name)?);
        print(style, &self.remote.connect()?.post(&undo, &json!({}))?)
    }
}

impl Rotate {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let rotate = format!("{}/rotate", path(&self.name)?);
        let mut body = json!({});
        put(&mut body, "profile", self.profile);
        crate::command::rotate::print_started(style, &self.remote.connect()?.post(&rotate, &body)?)
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let unreadable = |error| Failure::new(Kind::Local, format!("{}: {error}.", file.display()));
    std::fs::read_to_string(file).map_err(unreadable)
}

fn print(style: &Style, changed: &Value) -> Result<(), Failure> {
    style.print_as(changed, |changed| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| changed[name].as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
        let regions = list("regions");
        let reached = if regions.is_empty() { "all regions".to_owned() } else { regions.join(", ") };
        let said = format!(
            "{} is reached as {} from now on (version {} of its credentials). The change reaches: {reached}",
            text(&changed["name"]),
            text(&changed["principal_arn"]),
            changed["credential_version"],
        );
        let warnings = list("warnings").into_iter().map(|warning| format!("Warning: {warning}"));
        std::iter::once(said).chain(warnings).collect::<Vec<_>>().join("\n")
    })
}
