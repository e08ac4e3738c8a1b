//! `keystead freeze …`: times in which no rotation of the account begins or interrupts anybody.

use clap::Subcommand;
use serde_json::json;

use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/freezes";
const COLUMNS: &[&str] = &["freeze_id", "from", "until", "reason", "created_by"];

/// Freezes.
#[derive(Debug, Subcommand)]
pub(crate) enum Freeze {
    /// Let no rotation begin or interrupt anybody for a time. Those under way wait with both keys working.
    #[command(after_help = "Example:\n  keystead freeze add --from 2026-11-27T00:00:00Z \
                            --until 2026-12-01T00:00:00Z --reason 'the sale'")]
    Add {
        #[command(flatten)]
        remote: Remote,
        /// Its beginning; now when left out.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Its end.
        #[arg(long, value_name = "TIME")]
        until: String,
        /// Why, for people.
        #[arg(long)]
        reason: String,
    },
    /// List the freezes that are not over.
    #[command(after_help = "Example:\n  keystead freeze list")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// End a freeze now. What it held goes on by itself.
    #[command(after_help = "Example:\n  keystead freeze remove 6f1c…")]
    Remove {
        #[command(flatten)]
        remote: Remote,
        /// The freeze's id.
        freeze_id: String,
    },
}

impl Freeze {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Add { remote, from, until, reason } => {
                let mut body = json!({ "until": until, "reason": reason });
                if let Some(from) = from {
                    body["from"] = from.into();
                }
                style.print(&remote.connect()?.post(PATH, &body)?, COLUMNS)
            }
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "freezes")?, COLUMNS),
            Self::Remove { remote, freeze_id } => {
                let path = format!("{PATH}/{}", segment(&freeze_id)?);
                style.print(&remote.connect()?.delete(&path)?, &[])
            }
        }
    }
}
