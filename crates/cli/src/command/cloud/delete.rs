//! Forgetting a connected account: what is lost is said first.

use serde_json::{Value, json};

use super::path;
use crate::command::secret_input;
use crate::connection::Remote;
use crate::failure::{Failure, Kind};
use crate::output::Style;

/// `keystead cloud delete`.
#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    remote: Remote,
    /// The connected account's name.
    name: String,
    /// Delete it: without this, only what would be lost is said.
    #[arg(long)]
    yes: bool,
}

impl Delete {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let (connection, path) = (self.remote.connect()?, path(&self.name)?);
        if !self.yes {
            let losses = connection.get(&format!("{path}/losses"))?;
            style.print_as(&losses, |losses| {
                let stays = losses["stays"].as_str().unwrap_or_default();
                format!("This cannot be undone. It loses:\n{}\n{stays}", lines(losses))
            })?;
            return Err(Failure::new(
                Kind::Usage,
                format!(
                    "Nothing was deleted. To delete it, give your password on standard input: keystead cloud delete {} \
                     --yes",
                    self.name
                ),
            ));
        }
        let password = secret_input::read_line("your password")?;
        let body = json!({ "password": password.expose() });
        let deleted = connection.post(&format!("{path}/delete"), &body)?;
        style.print_as(&deleted, |deleted| {
            let name = deleted["name"].as_str().unwrap_or_default();
            format!("{name} is no longer connected. What was lost:\n{}", lines(deleted))
        })
    }
}

fn lines(losses: &Value) -> String {
    let line = |loss: &Value| {
        let names = loss["names"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let names = names.collect::<Vec<_>>().join(", ");
        format!("  {} {}: {names}", loss["count"], loss["what"].as_str().unwrap_or_default())
    };
    losses["lost"].as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
}
