//! `keystead admin …`: what only the operator may do, on the installation's own machine.

use clap::Subcommand;
use keystead_authority::{account, password_reset};
use keystead_core::AccountId;
use serde_json::json;

use super::endpoint::EndpointCommand;
use super::init::{AccountArguments, COLUMNS, show};
use super::issuer::IssuerCommand;
use super::quota::QuotaCommand;
use crate::failure::Failure;
use crate::installation::Location;
use crate::output::Style;

/// The operator's commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make, list and close accounts.
    #[command(subcommand)]
    Account(AccountCommand),
    /// See and set how many of what an account may have.
    #[command(subcommand)]
    Quota(QuotaCommand),
    /// Register where other clouds answer.
    #[command(subcommand)]
    Endpoint(EndpointCommand),
    /// Pin the keys of issuers that accounts trust.
    #[command(subcommand)]
    Issuer(IssuerCommand),
    /// Make a link by which the owner of an account sets another root password, when the e-mail address is out of
    /// reach. The link is good once, for a day; it is recorded in the account's audit trail.
    #[command(
        after_help = "Example:\n  keystead admin recover-root 123456789012 --origin https://keystead.example"
    )]
    RecoverRoot {
        #[command(flatten)]
        location: Location,
        /// The account's number.
        account_id: AccountId,
        /// Where people reach the console.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7360")]
        origin: String,
    },
    /// Print the marker by which `keystead scan` knows this installation's keys. It is no secret.
    #[command(after_help = "Example:\n  keystead admin marker --data /var/lib/keystead")]
    Marker {
        #[command(flatten)]
        location: Location,
    },
}

/// Accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account and its root user.
    #[command(
        after_help = "Example:\n  keystead admin account create --root-email root@example.com --name staging"
    )]
    Create {
        #[command(flatten)]
        location: Location,
        #[command(flatten)]
        account: AccountArguments,
    },
    /// List the accounts.
    #[command(after_help = "Example:\n  keystead admin account list --data /var/lib/keystead")]
    List {
        #[command(flatten)]
        location: Location,
    },
    /// Close an account: none of its credentials is accepted from then on. Nothing is deleted.
    #[command(after_help = "Example:\n  keystead admin account close 123456789012")]
    Close {
        #[command(flatten)]
        location: Location,
        /// The account's number.
        account_id: AccountId,
    },
}

impl Admin {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        let command = match self {
            Self::Account(command) => command,
            Self::Quota(command) => return command.run(style),
            Self::Endpoint(command) => return command.run(style),
            Self::Issuer(command) => return command.run(style),
            Self::RecoverRoot { location, account_id, origin } => {
                return recover_root(&location, account_id, &origin, style);
            }
            Self::Marker { location } => {
                let marker = location.open()?.store.installation().to_owned();
                return style.print_as(&json!({ "installation": marker }), |_| marker.clone());
            }
        };
        match command {
            AccountCommand::Create { location, account } => {
                let installation = location.open()?;
                let now = installation.clock.now();
                let created = account::create(&installation.store, account.into(), now, &*installation.rng)?;
                style.print(&show(&created), COLUMNS)
            }
            AccountCommand::List { location } => {
                let accounts = account::list(&location.open()?.store)?;
                let shown = accounts.iter().map(|account| {
                    json!({
                        "account_id": account.id.to_string(),
                        "name": account.name,
                        "root_email": account.root_email,
                        "status": account.status.as_str(),
                        "created_at": account.created_at.to_iso8601(),
                    })
                });
                let columns = ["account_id", "name", "root_email", "status", "created_at"];
                style.print(&json!({ "accounts": shown.collect::<Vec<_>>() }), &columns)
            }
            AccountCommand::Close { location, account_id } => {
                let installation = location.open()?;
                account::close(
                    &installation.store,
                    account_id,
                    installation.clock.now(),
                    &*installation.rng,
                )?;
                style.print(&json!({ "account_id": account_id.to_string(), "status": "Closed" }), &[])
            }
        }
    }
}

fn recover_root(
    location: &Location,
    account_id: AccountId,
    origin: &str,
    style: &Style,
) -> Result<(), Failure> {
    let installation = location.open()?;
    let now = installation.clock.now();
    let drawn = password_reset::recover_root(&installation.store, account_id, now, &*installation.rng)?;
    let link = password_reset::link(origin.trim_end_matches('/'), &drawn.token);
    let shown = json!({
        "account_id": account_id.to_string(),
        "link": link.expose(),
        "expires_at": drawn.reset.expires_at.to_iso8601(),
    });
    style.print(&shown, &[])
}
