//! `keystead managed …`: the credentials that Keystead keeps a custody copy of and rotates.

use clap::Subcommand;
use keystead_core::AccessKeyId;
use serde_json::json;

use super::rotate::Profile;
use super::secret_input;
use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/credentials";
const COLUMNS: &[&str] =
    &["name", "user_name", "access_key_id", "profile", "endpoint", "region", "created_at", "updated_at"];

/// Managed credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum Managed {
    /// Take an existing access key into custody. Its secret is read from standard input.
    #[command(after_help = "Example:\n  pass show orders/secret | \
                            keystead managed adopt orders --user-name orders-app --access-key-id AKIA…")]
    Adopt {
        #[command(flatten)]
        remote: Remote,
        /// A name for it, unique in the account.
        name: String,
        /// The user whose key it is.
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// The access key's id.
        #[arg(long, value_name = "ID")]
        access_key_id: AccessKeyId,
        /// The durations it is leased and rotated with.
        #[arg(long, value_enum, default_value = "standard")]
        profile: Profile,
        /// The IAM endpoint that issued the key, when it is not this installation.
        #[arg(long, value_name = "URL", requires = "region")]
        endpoint: Option<String>,
        /// The region to sign for at that endpoint.
        #[arg(long, requires = "endpoint")]
        region: Option<String>,
    },
    /// Make a new access key for a user of this installation, straight into custody: nobody sees its secret.
    #[command(after_help = "Example:\n  keystead managed create orders --user-name orders-app")]
    Create {
        #[command(flatten)]
        remote: Remote,
        /// A name for it, unique in the account.
        name: String,
        /// The user who gets the key.
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// The durations it is leased and rotated with.
        #[arg(long, value_enum, default_value = "standard")]
        profile: Profile,
    },
    /// List the managed credentials.
    #[command(after_help = "Example:\n  keystead managed list")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Show a managed credential; its secret is not shown.
    #[command(after_help = "Example:\n  keystead managed show orders")]
    Show {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    /// Forget a managed credential and its custody copy. The access key itself stays as it is.
    #[command(after_help = "Example:\n  keystead managed delete orders")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
}

impl Managed {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Adopt { remote, name, user_name, access_key_id, profile, endpoint, region } => {
                let connection = remote.connect()?;
                let secret = secret_input::read("the secret access key")?;
                let mut body = json!({
                    "name": name,
                    "user_name": user_name,
                    "access_key_id": access_key_id.to_string(),
                    "secret_access_key": secret.expose(),
                    "profile": profile,
                });
                for (name, value) in [("endpoint", endpoint), ("region", region)] {
                    if let Some(value) = value {
                        body[name] = value.into();
                    }
                }
                style.print(&connection.post(&format!("{PATH}/adopt"), &body)?, COLUMNS)
            }
            Self::Create { remote, name, user_name, profile } => {
                let body = json!({ "name": name, "user_name": user_name, "profile": profile });
                style.print(&remote.connect()?.post(PATH, &body)?, COLUMNS)
            }
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "credentials")?, COLUMNS),
            Self::Show { remote, name } => style.print(&remote.connect()?.get(&path(&name)?)?, COLUMNS),
            Self::Delete { remote, name } => {
                style.print(&remote.connect()?.delete(&path(&name)?)?, &["name"])
            }
        }
    }
}

fn path(name: &str) -> Result<String, Failure> {
    Ok(format!("{PATH}/{}", segment(name)?))
}
