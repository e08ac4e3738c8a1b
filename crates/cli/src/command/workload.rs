//! `keystead workload …`: processes that are given inputs.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;
use crate::token_file;

const PATH: &str = "/api/v1/workloads";
const COLUMNS: &[&str] = &["name", "deployment", "description", "required", "enrolled_at", "updated_at"];

/// Workloads.
#[derive(Debug, Subcommand)]
pub(crate) enum Workload {
    /// Make a workload.
    #[command(
        after_help = "Example:\n  keystead workload create web --deployment shop --require DB_PASSWORD"
    )]
    Create {
        #[command(flatten)]
        remote: Remote,
        /// A name for it, unique in the account.
        name: String,
        /// The deployment whose inputs it inherits, for good.
        #[arg(long, value_name = "NAME")]
        deployment: Option<String>,
        /// What it is for.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// An input without which it does not start; give it as often as there are such.
        #[arg(long = "require", value_name = "INPUT")]
        required: Vec<String>,
    },
    /// List the workloads.
    #[command(after_help = "Example:\n  keystead workload list --deployment shop")]
    List {
        #[command(flatten)]
        remote: Remote,
        /// Only those of this deployment.
        #[arg(long, value_name = "NAME")]
        deployment: Option<String>,
    },
    /// Show a workload.
    #[command(after_help = "Example:\n  keystead workload show web")]
    Show {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    /// Change what a workload is for, or which inputs it does not start without.
    #[command(
        after_help = "Example:\n  keystead workload update web --require DB_PASSWORD --require API_TOKEN"
    )]
    Update {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        /// What it is for.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// An input without which it does not start, in the place of those it has.
        #[arg(long = "require", value_name = "INPUT", conflicts_with = "require_none")]
        required: Vec<String>,
        /// Let it start without any input.
        #[arg(long)]
        require_none: bool,
    },
    /// Delete a workload: its token is refused from then on.
    #[command(after_help = "Example:\n  keystead workload delete web")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    /// Get a token with which a machine becomes the workload's, by keystead enroll: good for one hour and one use.
    #[command(after_help = "Example:\n  keystead workload enroll web --token-file web.enrollment")]
    Enroll {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        /// Write the token to a new file that only its owner may read, and do not print it.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
}

impl Workload {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Create { remote, name, deployment, description, required } => {
                let mut body = json!({ "name": name, "required": required });
                for (member, value) in [("deployment", deployment), ("description", description)] {
                    if let Some(value) = value {
                        body[member] = value.into();
                    }
                }
                style.print(&remote.connect()?.post(PATH, &body)?, COLUMNS)
            }
            Self::List { remote, deployment } => {
                let path = match &deployment {
                    Some(deployment) => {
                        format!("{PATH}?deployment={}", keystead_aws::percent_encode(segment(deployment)?))
                    }
                    None => PATH.to_owned(),
                };
                style.print(&remote.connect()?.list(&path, "workloads")?, COLUMNS)
            }
            Self::Show { remote, name } => style.print(&remote.connect()?.get(&path(&name)?)?, &[]),
            Self::Update { remote, name, description, required, require_none } => {
                let mut body = json!({});
                if let Some(description) = description {
                    body["description"] = description.into();
                }
                if require_none || !required.is_empty() {
                    body["required"] = required.into();
                }
                style.print(&remote.connect()?.put(&path(&name)?, &body)?, COLUMNS)
            }
            Self::Delete { remote, name } => {
                style.print(&remote.connect()?.delete(&path(&name)?)?, &["name"])
            }
            Self::Enroll { remote, name, token_file } => {
                let path = format!("{}/enrollment", path(&name)?);
                let enroll = || remote.connect()?.post(&path, &json!({}));
                let enrolled = match token_file {
                    None => enroll()?,
                    Some(file) => token_file::put_into(&file, enroll)?,
                };
                style.print(&enrolled, &[])
            }
        }
    }
}

fn path(name: &str) -> Result<String, Failure> {
    Ok(format!("{PATH}/{}", segment(name)?))
}
