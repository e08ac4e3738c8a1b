//! `keystead admin issuer …`: the keys of issuers that accounts trust, where they are not to be fetched.

use std::path::PathBuf;

use clap::Subcommand;
use keystead_authority::oidc;
use keystead_core::AccountId;
use serde_json::json;

use crate::failure::{Failure, Kind};
use crate::installation::Location;
use crate::output::Style;

/// Issuers of OpenID Connect tokens. A pinned key set is in force at once.
#[derive(Debug, Subcommand)]
pub(crate) enum IssuerCommand {
    /// Pin the keys of an issuer: from then on it is not asked for them.
    #[command(
        after_help = "Example:\n  keystead admin issuer pin 123456789012 https://issuer.example --key-set keys.json"
    )]
    Pin {
        #[command(flatten)]
        location: Location,
        /// The number of the account that trusts it.
        account_id: AccountId,
        /// The issuer's address.
        url: String,
        /// A file with the issuer's JSON Web Key Set.
        #[arg(long, value_name = "FILE")]
        key_set: PathBuf,
    },
    /// Let the keys of an issuer be fetched again.
    #[command(after_help = "Example:\n  keystead admin issuer unpin 123456789012 https://issuer.example")]
    Unpin {
        #[command(flatten)]
        location: Location,
        /// The number of the account that trusts it.
        account_id: AccountId,
        /// The issuer's address.
        url: String,
    },
}

impl IssuerCommand {
    /// Does it.
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let (location, account_id, url, key_set) = match self {
            Self::Pin { location, account_id, url, key_set } => {
                let read = std::fs::read_to_string(&key_set)
                    .map_err(|error| Failure::new(Kind::Usage, format!("{}: {error}.", key_set.display())))?;
                (location, account_id, url, Some(read))
            }
            Self::Unpin { location, account_id, url } => (location, account_id, url, None),
        };
        let on = location.open()?;
        oidc::pin(&on.store, account_id, &url, key_set.as_deref(), on.clock.now(), &*on.rng)?;
        let shown = json!({"account_id": account_id.to_string(), "url": url, "pinned": key_set.is_some()});
        style.print(&shown, &[])
    }
}
