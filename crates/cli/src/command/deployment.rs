//! `keystead deployment …`: workloads that belong together and share inputs.

use clap::Subcommand;
use serde_json::json;

use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/deployments";
const COLUMNS: &[&str] = &["name", "description", "created_by", "created_at"];

/// Deployments.
#[derive(Debug, Subcommand)]
pub(crate) enum Deployment {
    /// Make a deployment.
    #[command(after_help = "Example:\n  keystead deployment create shop")]
    Create {
        #[command(flatten)]
        remote: Remote,
        /// A name for it, unique in the account.
        name: String,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// List the deployments.
    #[command(after_help = "Example:\n  keystead deployment list")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Delete a deployment with its inputs, once it has no workloads.
    #[command(after_help = "Example:\n  keystead deployment delete shop")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
}

impl Deployment {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Create { remote, name, description } => {
                let body = json!({ "name": name, "description": description });
                style.print(&remote.connect()?.post(PATH, &body)?, COLUMNS)
            }
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "deployments")?, COLUMNS),
            Self::Delete { remote, name } => {
                let path = format!("{PATH}/{}", segment(&name)?);
                style.print(&remote.connect()?.delete(&path)?, &["name"])
            }
        }
    }
}
