//! `keystead init`: a data folder, a master key, and the first account.

use keystead_authority::account::{self, Created, NewAccount};
use keystead_core::AccountId;
use serde_json::{Value, json};

use crate::failure::{Failure, Kind};
use crate::installation::Location;
use crate::output::Style;

/// The order in which a new account is shown.
pub(super) const COLUMNS: &[&str] =
    &["account_id", "root_email", "root_access_key.access_key_id", "root_access_key.secret_access_key"];

/// Makes an installation and its first account.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keystead init --data /var/lib/keystead --root-email root@example.com --root-key"
)]
pub(crate) struct Init {
    #[command(flatten)]
    location: Location,
    #[command(flatten)]
    account: AccountArguments,
}

/// What an account is made from.
#[derive(Debug, clap::Args)]
pub(crate) struct AccountArguments {
    /// The root user's e-mail address; unique in the installation.
    #[arg(long, value_name = "E-MAIL")]
    root_email: String,
    /// The account's number, 12 digits; drawn by chance when left out.
    #[arg(long, value_name = "ID")]
    account_id: Option<AccountId>,
    /// A name for people.
    #[arg(long, default_value = "main")]
    name: String,
    /// Make an access key for the root user and print its secret, once.
    #[arg(long)]
    root_key: bool,
}

impl From<AccountArguments> for NewAccount {
    fn from(arguments: AccountArguments) -> Self {
        Self {
            id: arguments.account_id,
            name: arguments.name,
            root_email: arguments.root_email,
            root_key: arguments.root_key,
        }
    }
}

impl Init {
    /// Refuses where there is an account already; otherwise makes everything.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        keystead_core::account::check_email(&self.account.root_email)
            .map_err(|text| Failure::new(Kind::Usage, format!("--root-email: {text}.")))?;
        let installation = self.location.open_or_make()?;
        if !account::list(&installation.store)?.is_empty() {
            return Err(Failure::new(
                Kind::Conflict,
                format!(
                    "There is an installation in {} already. To add an account: keystead admin account create",
                    self.location.data.display()
                ),
            ));
        }
        let now = installation.clock.now();
        let created = account::create(&installation.store, self.account.into(), now, &*installation.rng)?;
        style.print(&show(&created), COLUMNS)?;
        let data = self.location.data.display();
        eprintln!("Made an installation in {data}. Start it: keystead server --data {data}");
        Ok(())
    }
}

/// A new account, with the secret that is shown only now.
pub(crate) fn show(created: &Created) -> Value {
    let mut shown = json!({
        "account_id": created.account.id.to_string(),
        "root_email": created.account.root_email,
    });
    if let Some(key) = &created.root_key {
        shown["root_access_key"] = json!({
            "access_key_id": key.id.to_string(),
            "secret_access_key": key.secret.expose(),
        });
    }
    shown
}
