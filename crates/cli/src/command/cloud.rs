//! `keystead cloud …`: accounts at clouds, connected, proved and looked after.

use clap::Subcommand;
use serde_json::json;

use super::cloud_resources::CloudResources;
use super::secret_input;
use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/cloud-accounts";
const COLUMNS: &[&str] =
    &["name", "endpoint", "account_number", "credential_kind", "principal_arn", "updated_at"];

/// Accounts at clouds.
#[derive(Debug, Subcommand)]
pub(crate) enum Cloud {
    /// Connect an account at a cloud. The secret of its access key is read from standard input.
    #[command(after_help = "Example:\n  pass show aws/keystead | \
                            keystead cloud connect --account-number 1234-1234-1234 --access-key-id AKIA…")]
    Connect {
        #[command(flatten)]
        remote: Remote,
        /// A name for it, unique in the account. Default: the endpoint's.
        #[arg(long)]
        name: Option<String>,
        /// At which endpoint: aws, aws-cn, aws-us-gov, or one that the operator registered.
        #[arg(long, default_value = "aws")]
        endpoint: String,
        /// The account's number at the cloud. It is proved in any case; one that is not the key's is refused.
        #[arg(long, value_name = "NUMBER")]
        account_number: Option<String>,
        /// An access key of it.
        #[arg(long, value_name = "ID", required_unless_present = "role_arn")]
        access_key_id: Option<String>,
        /// A role to assume, with that key or with the installation's own.
        #[arg(long, value_name = "ARN")]
        role_arn: Option<String>,
    },
    /// List the connected accounts.
    #[command(after_help = "Example:\n  keystead cloud list")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Show a connected account; its secrets are not shown.
    #[command(after_help = "Example:\n  keystead cloud show aws")]
    Show {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    #[command(flatten)]
    Resources(CloudResources),
}

impl Cloud {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Connect { remote, name, endpoint, account_number, access_key_id, role_arn } => {
                let connection = remote.connect()?;
                let mut body = json!({ "endpoint": endpoint });
                if access_key_id.is_some() {
                    body["secret_access_key"] =
                        secret_input::read("the secret access key")?.expose().clone().into();
                }
                let optional = [
                    ("name", name),
                    ("account_number", account_number),
                    ("access_key_id", access_key_id),
                    ("role_arn", role_arn),
                ];
                for (member, value) in optional {
                    if let Some(value) = value {
                        body[member] = value.into();
                    }
                }
                style.print(&connection.post(PATH, &body)?, &[])
            }
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "cloud_accounts")?, COLUMNS),
            Self::Show { remote, name } => style.print(&remote.connect()?.get(&path(&name)?)?, &[]),
            Self::Resources(resources) => resources.run(style),
        }
    }
}

/// The path of a connected account.
pub(super) fn path(name: &str) -> Result<String, Failure> {
    Ok(format!("{PATH}/{}", segment(name)?))
}
