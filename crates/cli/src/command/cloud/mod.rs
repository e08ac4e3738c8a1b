//! `keystead cloud …`: accounts at clouds, connected, proved and looked after.

mod connect;
mod credentials;
mod delete;
mod help;
mod prerequisites;
mod resources;
mod status;

use clap::Subcommand;

use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/cloud-accounts";
const COLUMNS: &[&str] =
    &["name", "endpoint", "account_number", "credential_kind", "principal_arn", "updated_at"];

/// Accounts at clouds.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Cloud {
    /// Connect an account at a cloud. The secret of its access key is read from standard input.
    #[command(after_help = "Examples:\n  pass show aws/keystead | \
                            keystead cloud connect --account-number 1234-1234-1234 --access-key-id AKIA…\n  \
                            keystead cloud connect --from-aws-profile production")]
    Connect(connect::Connect),
    /// Help me find my credentials: the steps, the policy to paste, and what a role has to trust.
    #[command(after_help = "Example:\n  keystead cloud help --output json --query policy")]
    Help(help::Help),
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
    /// Show the two lamps of each region: whether the cloud answers, and whether it takes the credentials.
    #[command(after_help = "Example:\n  keystead cloud status aws")]
    Status(status::Status),
    /// Ask the cloud now which services can be used in which region, and what stands in the way.
    #[command(visible_alias = "requery", after_help = "Example:\n  keystead cloud probe aws --service SQS")]
    Probe(status::Probe),
    /// Give a connected account another key, role or certificate, for all regions at once.
    #[command(after_help = "Example:\n  pass show aws/new | keystead cloud update aws --access-key-id AKIA…")]
    Update(credentials::Update),
    /// Go back to the credentials that a connected account had before.
    #[command(after_help = "Example:\n  keystead cloud undo aws")]
    Undo(credentials::Undo),
    /// Rotate the access key by which Keystead reaches a connected account. Keystead signs with the new one first, and
    /// goes back by itself if that does not work.
    #[command(after_help = "Example:\n  keystead cloud rotate aws")]
    Rotate(credentials::Rotate),
    /// Ask the owner of an account that is connected already to invite you. You prove it with a working key of it, whose
    /// secret is read from standard input.
    #[command(after_help = "Example:\n  pass show aws/keystead | \
                            keystead cloud request-invitation --access-key-id AKIA…")]
    RequestInvitation(connect::RequestInvitation),
    /// Forget a connected account with everything known of it. Says what is lost, and asks for your password on standard
    /// input.
    #[command(after_help = "Example:\n  keystead cloud delete aws --yes < password.txt")]
    Delete(delete::Delete),
    #[command(flatten)]
    Resources(resources::CloudResources),
    #[command(flatten)]
    Prerequisites(prerequisites::CloudPrerequisites),
}

impl Cloud {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Connect(connect) => connect.run(style),
            Self::Help(help) => help.run(style),
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "cloud_accounts")?, COLUMNS),
            Self::Show { remote, name } => style.print(&remote.connect()?.get(&path(&name)?)?, &[]),
            Self::Status(status) => status.run(style),
            Self::Probe(probe) => probe.run(style),
            Self::Update(update) => update.run(style),
            Self::Undo(undo) => undo.run(style),
            Self::Rotate(rotate) => rotate.run(style),
            Self::RequestInvitation(request) => request.run(style),
            Self::Delete(delete) => delete.run(style),
            Self::Resources(resources) => resources.run(style),
            Self::Prerequisites(prerequisites) => prerequisites.run(style),
        }
    }
}

fn path(name: &str) -> Result<String, Failure> {
    Ok(format!("{PATH}/{}", segment(name)?))
}
