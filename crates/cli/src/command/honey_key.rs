//! `keystead leak honey-key …`: keys that are laid out to be found.

use clap::Subcommand;
use serde_json::json;

use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/honey-keys";
const COLUMNS: &[&str] = &["access_key_id", "place", "created_by", "created_at"];

/// Honey keys.
#[derive(Debug, Subcommand)]
pub(crate) enum HoneyKey {
    /// Make a key that looks like any other and opens nothing. Its secret is shown once and kept nowhere; whoever uses
    /// the key raises the alarm: `keystead leak list`.
    #[command(after_help = "Example:\n  keystead leak honey-key create --place 'the wiki, page Deployment'")]
    Create {
        #[command(flatten)]
        remote: Remote,
        /// Where it will lie: when it is used, that is where somebody was.
        #[arg(long)]
        place: String,
    },
    /// List the honey keys of the account. Nothing else lists them.
    #[command(after_help = "Example:\n  keystead leak honey-key list")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Delete a honey key: it raises no more alarms.
    #[command(after_help = "Example:\n  keystead leak honey-key delete AKIAIOSFODNN7EXAMPLE")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// The key's id.
        id: String,
    },
}

impl HoneyKey {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Create { remote, place } => {
                style.print(&remote.connect()?.post(PATH, &json!({ "place": place }))?, &[])
            }
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "honey_keys")?, COLUMNS),
            Self::Delete { remote, id } => {
                style.print(&remote.connect()?.delete(&format!("{PATH}/{}", segment(&id)?))?, &[])
            }
        }
    }
}
