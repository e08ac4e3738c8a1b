//! How connected accounts are: lamps and probes.

use serde_json::{Value, json};

use super::path;
use crate::connection::Remote;
use crate::failure::Failure;
use crate::output::{Format, Style};

const STATUS: &[&str] = &["region", "controller", "account", "checked_at", "reason"];
const CHANGES: &[&str] = &["at", "region", "controller", "account", "reason"];
const PROBES: &[&str] = &["region", "service", "state", "missing_permission", "meaning", "warning"];

/// `keystead cloud status`.
#[derive(Debug, clap::Args)]
pub(crate) struct Status {
    #[command(flatten)]
    remote: Remote,
    /// The connected account's name.
    name: String,
    /// Show how the lamps changed, the newest change first.
    #[arg(long)]
    history: bool,
}

/// `keystead cloud probe`.
#[derive(Debug, clap::Args)]
pub(crate) struct Probe {
    #[command(flatten)]
    remote: Remote,
    /// The connected account's name.
    name: String,
    /// Only this service; may be given more than once.
    #[arg(long = "service", value_name = "SERVICE")]
    services: Vec<String>,
    /// Only in this region; may be given more than once.
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,
    /// Do not ask: show what was found the last time.
    #[arg(long, conflicts_with_all = ["services", "regions"])]
    last: bool,
}

impl Status {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let status = self.remote.connect()?.get(&format!("{}/status", path(&self.name)?))?;
        let (list, columns) = if self.history { ("changes", CHANGES) } else { ("regions", STATUS) };
        if let Some(since) = status["failing"]["since"].as_str() {
            let reason = status["failing"]["reason"].as_str().unwrap_or_default();
            eprintln!("The credentials have been failing since {since}: {reason}");
        }
        print(style, &status, list, columns)
    }
}

impl Probe {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let (connection, path) = (self.remote.connect()?, path(&self.name)?);
        let found = if self.last {
            connection.get(&format!("{path}/probes"))?
        } else {
            let mut body = json!({});
            for (member, wanted) in [("services", self.services), ("regions", self.regions)] {
                if !wanted.is_empty() {
                    body[member] = wanted.into();
                }
            }
            connection.post(&format!("{path}/probe"), &body)?
        };
        print(style, &found, "probes", PROBES)
    }
}

/// One list of an answer for people, all of it for programs.
fn print(style: &Style, answer: &Value, list: &str, columns: &[&str]) -> Result<(), Failure> {
    if style.output == Format::Table && style.query.is_none() {
        style.print(&answer[list], columns)
    } else {
        style.print(answer, &[])
    }
}
