//! `keystead leak …`: access keys that were seen where they do not belong.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::honey_key::HoneyKey;
use crate::connection::{Remote, segment};
use crate::failure::{Failure, Kind};
use crate::output::Style;

const PATH: &str = "/api/v1/leak-reports";
const COLUMNS: &[&str] =
    &["report_id", "access_key_id", "state", "is_proven", "url", "reports", "reported_at"];

/// Leaked keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Leak {
    /// Report that keys were seen where they do not belong. Whoever may not sign posts to the same address.
    #[command(
        after_help = "Example:\n  keystead leak report AKIAIOSFODNN7EXAMPLE --at https://paste.example/1\n  \
                            keystead leak report --text found.txt --at https://paste.example/1"
    )]
    Report {
        #[command(flatten)]
        remote: Remote,
        /// The ids of the keys.
        #[arg(required_unless_present = "text")]
        ids: Vec<String>,
        /// A file with the text that was found, or - for standard input. A secret in it proves the report; it is
        /// compared and not kept.
        #[arg(long, value_name = "FILE")]
        text: Option<PathBuf>,
        /// Where they were seen.
        #[arg(long, value_name = "PLACE", default_value = "")]
        at: String,
        /// Since when they lie open there, if that is known.
        #[arg(long, value_name = "TIME")]
        exposed_at: Option<String>,
    },
    /// List the reports about keys of the account, the newest first.
    #[command(after_help = "Example:\n  keystead leak list")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Show a report, and what the key did since it lies open.
    #[command(after_help = "Example:\n  keystead leak show 3c0a6d1e-58a9-4c7c-9f3f-0d5c1f6f8a11 -o json")]
    Show {
        #[command(flatten)]
        remote: Remote,
        /// The report's id.
        report: String,
    },
    /// Answer a report: switch the key off, replace it first, or dismiss the report.
    #[command(
        after_help = "Example:\n  keystead leak respond 3c0a6d1e-58a9-4c7c-9f3f-0d5c1f6f8a11 --contain now"
    )]
    Respond {
        #[command(flatten)]
        remote: Remote,
        /// The report's id.
        report: String,
        /// What to do. Without it: now for keys of administrators and keys that nobody manages, else after-replacement.
        #[arg(long, value_enum)]
        contain: Option<Contain>,
        /// Why. A dismissal needs it.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Keys that open nothing and raise the alarm when they are used.
    #[command(subcommand)]
    HoneyKey(HoneyKey),
}

/// What to do about a leaked key.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Contain {
    /// Switch it off at once and end its sessions; whoever uses it is interrupted.
    Now,
    /// Give its consumers another key first.
    AfterReplacement,
    /// Nothing.
    Dismiss,
}

impl Contain {
    fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::AfterReplacement => "after_replacement",
            Self::Dismiss => "dismiss",
        }
    }
}

impl Leak {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::HoneyKey(command) => command.run(style),
            Self::Report { remote, ids, text, at, exposed_at } => {
                let mut body = json!({ "ids": ids, "url": at });
                if let Some(file) = text {
                    body["secret_text"] = read(&file)?.into();
                }
                set(&mut body, "exposed_at", exposed_at);
                style.print(&remote.connect()?.post(PATH, &body)?, &[])
            }
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "leak_reports")?, COLUMNS),
            Self::Show { remote, report } => {
                style.print(&remote.connect()?.get(&format!("{PATH}/{}", segment(&report)?))?, &[])
            }
            Self::Respond { remote, report, contain, reason } => {
                let mut body = json!({});
                set(&mut body, "contain", contain.map(|contain| contain.as_str().to_owned()));
                set(&mut body, "reason", reason);
                let path = format!("{PATH}/{}/response", segment(&report)?);
                style.print(&remote.connect()?.post(&path, &body)?, &[])
            }
        }
    }
}

fn set(body: &mut Value, name: &str, value: Option<String>) {
    if let Some(value) = value {
        body[name] = value.into();
    }
}

fn read(file: &std::path::Path) -> Result<String, Failure> {
    let bytes = if file == std::path::Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    let bytes = bytes.map_err(|error| Failure::new(Kind::Local, format!("{}: {error}.", file.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
