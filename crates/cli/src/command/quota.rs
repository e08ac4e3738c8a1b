//! `keystead admin quota …`: how many of what an account may have, where AWS's figure is not the right one.

use clap::Subcommand;
use keystead_authority::quota;
use keystead_core::{AccountId, Quota};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::installation::Location;
use crate::output::Style;

/// Quotas. A running server knows a new one from its next start on.
#[derive(Debug, Subcommand)]
pub(crate) enum QuotaCommand {
    /// List an account's quotas beside AWS's.
    #[command(after_help = "Example:\n  keystead admin quota list 123456789012")]
    List {
        #[command(flatten)]
        location: Location,
        /// The account's number.
        account_id: AccountId,
    },
    /// Give an account another quota. What it has more of already, it keeps.
    #[command(after_help = "Example:\n  keystead admin quota set 123456789012 UsersPerAccount 200000")]
    Set {
        #[command(flatten)]
        location: Location,
        /// The account's number.
        account_id: AccountId,
        /// Which quota; `list` has their names.
        #[arg(value_parser = parse)]
        name: Quota,
        /// How many there may be.
        #[arg(allow_negative_numbers = true)]
        value: i64,
    },
    /// Go back to AWS's figure.
    #[command(after_help = "Example:\n  keystead admin quota reset 123456789012 UsersPerAccount")]
    Reset {
        #[command(flatten)]
        location: Location,
        /// The account's number.
        account_id: AccountId,
        /// Which quota; `list` has their names.
        #[arg(value_parser = parse)]
        name: Quota,
    },
}

fn parse(name: &str) -> Result<Quota, String> {
    let names = || Quota::ALL.map(Quota::name).join(", ");
    Quota::parse(name).ok_or_else(|| format!("the quotas are {}", names()))
}

impl QuotaCommand {
    /// Does it.
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::List { location, account_id } => {
                let quotas = quota::list(&location.open()?.store, account_id)?;
                let shown = Quota::ALL.map(|quota| {
                    json!({
                        "name": quota.name(),
                        "value": quotas.get(quota),
                        "default": quota.default_value(),
                        "settable": quota.is_settable(),
                    })
                });
                style.print(&json!({ "quotas": shown.to_vec() }), &["name", "value", "default", "settable"])
            }
            Self::Set { location, account_id, name, value } => {
                let on = location.open()?;
                quota::set(&on.store, account_id, name, value, on.clock.now(), &*on.rng)?;
                style.print(&shown(account_id, name, value), &[])
            }
            Self::Reset { location, account_id, name } => {
                let on = location.open()?;
                quota::reset(&on.store, account_id, name, on.clock.now(), &*on.rng)?;
                style.print(&shown(account_id, name, name.default_value()), &[])
            }
        }
    }
}

fn shown(account_id: AccountId, quota: Quota, value: impl Into<Value>) -> Value {
    json!({ "account_id": account_id.to_string(), "name": quota.name(), "value": value.into() })
}
