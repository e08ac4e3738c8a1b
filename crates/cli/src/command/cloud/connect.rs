//! Proving a key of an account at a cloud, to connect it or to be invited to it.

use serde_json::{Value, json};

use super::PATH;
use crate::aws_profile;
use crate::command::secret_input;
use crate::connection::Remote;
use crate::failure::Failure;
use crate::output::Style;

/// `keystead cloud connect`.
#[derive(Debug, clap::Args)]
pub(crate) struct Connect {
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
    #[arg(long, value_name = "ID", required_unless_present_any = ["role_arn", "from_aws_profile"])]
    access_key_id: Option<String>,
    /// A role to assume, with that key or with the installation's own.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// Take the key, or the role and the key to assume it with, from a profile of the AWS tools on this machine.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["access_key_id", "role_arn"])]
    from_aws_profile: Option<String>,
}

/// `keystead cloud request-invitation`.
#[derive(Debug, clap::Args)]
pub(crate) struct RequestInvitation {
    #[command(flatten)]
    remote: Remote,
    /// At which endpoint: aws, aws-cn, aws-us-gov, or one that the operator registered.
    #[arg(long, default_value = "aws")]
    endpoint: String,
    /// The account's number at the cloud. It is proved in any case; one that is not the key's is refused.
    #[arg(long, value_name = "NUMBER")]
    account_number: Option<String>,
    /// An access key of it.
    #[arg(long, value_name = "ID")]
    access_key_id: String,
}

impl Connect {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let connection = self.remote.connect()?;
        let mut body = json!({ "endpoint": self.endpoint });
        put(&mut body, "name", self.name);
        put(&mut body, "account_number", self.account_number);
        if let Some(profile) = self.from_aws_profile {
            let found = aws_profile::read(&profile)?;
            put(&mut body, "access_key_id", Some(found.access_key_id));
            put(&mut body, "secret_access_key", Some(found.secret.expose().clone()));
            put(&mut body, "role_arn", found.role_arn);
        } else {
            put_key(&mut body, self.access_key_id)?;
            put(&mut body, "role_arn", self.role_arn);
        }
        style.print(&connection.post(PATH, &body)?, &[])
    }
}

impl RequestInvitation {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let connection = self.remote.connect()?;
        let mut body = json!({ "endpoint": self.endpoint });
        put(&mut body, "account_number", self.account_number);
        put_key(&mut body, Some(self.access_key_id))?;
        style.print(&connection.post(&format!("{PATH}/request-invitation"), &body)?, &[])
    }
}

/// Puts a member in where there is a value.
pub(super) fn put(body: &mut Value, member: &str, value: Option<String>) {
    if let Some(value) = value {
        body[member] = value.into();
    }
}

/// Puts an access key in, with its secret from standard input.
pub(super) fn put_key(body: &mut Value, access_key_id: Option<String>) -> Result<(), Failure> {
    if access_key_id.is_some() {
        let secret = secret_input::read("the secret access key")?;
        put(body, "secret_access_key", Some(secret.expose().clone()));
    }
    put(body, "access_key_id", access_key_id);
    Ok(())
}
