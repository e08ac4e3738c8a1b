//! `keystead key import`: users and keys taken over from elsewhere, one call a key, each audited.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use keystead_core::{AccessKeyId, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

use super::source::{self, Entry, Pair};
use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind};
use crate::output::Style;

/// More than any export of keys has, in bytes.
const SOURCE_MAX: u64 = 64 << 20;

/// What to take over, and how.
#[derive(Debug, clap::Args)]
#[command(after_long_help = FORMS)]
#[command(after_help = "Example:\n  keystead key import --create-users credentials.csv")]
pub(crate) struct Import {
    #[command(flatten)]
    remote: Remote,
    /// The file to read, or - for standard input.
    file: PathBuf,
    /// Whose key it is, for a CSV file that does not say.
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,
    /// Make the users that are not there. They may do nothing until a policy is attached.
    #[arg(long)]
    create_users: bool,
    /// Ask the server about each key by itself what would come of it, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Stop at the first key that is refused; otherwise the others are still taken over.
    #[arg(long)]
    stop_on_error: bool,
}

const FORMS: &str = "\
What is read, told apart by how it begins:

AWS: accessKeys.csv and credentials.csv as the console gives them, or any CSV whose first line names the \
columns `User name`, `Access key ID`, `Secret access key`, and as wanted `Path`, `Status`, `Create date`.

moto: the JSON at /moto-api/data.json of a running server.

MinIO: users.json and svcaccts.json of `mc admin cluster iam export`, and lines that mc prints with --json. Ids \
that do not have AWS's form (AKIA and 16 characters of A to Z and 2 to 7) are refused: give those users new keys.

The same import again changes nothing: a key that is there already, with the same secret, is left as it is. A \
key is refused where its user has two, its id is taken, or its secret has less than 16 or more than 128 \
characters. The exit code is 7 where any was refused.

Examples:
  keystead key import --create-users credentials.csv
  keystead key import --user-name orders-app accessKeys.csv
  curl -s http://127.0.0.1:5000/moto-api/data.json | keystead key import --create-users -";

/// What came of all keys.
#[derive(Default, Serialize)]
struct Summary {
    dry_run: bool,
    imported: usize,
    unchanged: usize,
    users_created: usize,
    refused: Vec<Refused>,
}

/// A key that was not taken over.
#[derive(Serialize)]
struct Refused {
    at: String,
    user_name: String,
    /// Absent where it does not have the form of one: it may be a secret in the wrong column.
    access_key_id: Option<AccessKeyId>,
    reason: String,
}

impl Import {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        let text = read_source(&self.file)?;
        let entries = source::read(text.expose(), self.user_name.as_deref())?;
        let connection = self.remote.connect()?;
        let bar = ProgressBar::new(entries.len() as u64);
        let mut summary = Summary { dry_run: self.dry_run, ..Summary::default() };
        let outcome = bar
            .wrap_iter(entries.into_iter())
            .try_for_each(|entry| self.take(&connection, entry, &mut summary));
        bar.finish_and_clear();
        let value = serde_json::to_value(&summary).unwrap_or_default();
        style.print_as(&value, |_| summary.text())?;
        outcome?;
        match summary.refused.len() {
            0 => Ok(()),
            1 => Err(Failure::new(Kind::Partial, "One key was refused.")),
            refused => Err(Failure::new(Kind::Partial, format!("{refused} keys were refused."))),
        }
    }

    /// Takes one key over; fails where it is of no use to go on.
    fn take(&self, connection: &Connection, entry: Entry, summary: &mut Summary) -> Result<(), Failure> {
        let (access_key_id, answer) = match &entry.pair {
            Err(reason) => (None, Err(Failure::new(Kind::Usage, reason.clone()))),
            Ok(pair) => (
                pair.access_key_id.parse().ok(),
                connection.post("/api/v1/access-keys/import", &self.body(&entry.user_name, pair)),
            ),
        };
        match answer {
            Ok(made) => {
                let is_new = made["outcome"] == "imported";
                *(if is_new { &mut summary.imported } else { &mut summary.unchanged }) += 1;
                summary.users_created += usize::from(is_new && made["user_created"] == true);
                Ok(())
            }
            // The same would be said of every other key.
            Err(failure) if matches!(failure.kind, Kind::Denied | Kind::Unreachable | Kind::Local) => {
                Err(failure)
            }
            Err(failure) => {
                let reason = failure.text.clone();
                summary.refused.push(Refused {
                    at: entry.at,
                    user_name: entry.user_name,
                    access_key_id,
                    reason,
                });
                if self.stop_on_error {
                    Err(Failure::new(Kind::Partial, "Stopped at the first key refused."))
                } else {
                    Ok(())
                }
            }
        }
    }

    fn body(&self, user_name: &str, pair: &Pair) -> Value {
        let mut body = json!({
            "user_name": user_name,
            "access_key_id": pair.access_key_id,
            "secret_access_key": pair.secret.expose(),
            "create_user": self.create_users,
            "dry_run": self.dry_run,
        });
        let status = pair.status.map(|status| status.as_str().to_owned());
        for (name, value) in
            [("path", pair.path.clone()), ("status", status), ("created_at", pair.created_at.clone())]
        {
            if let Some(value) = value {
                body[name] = value.into();
            }
        }
        body
    }
}

impl Summary {
    fn text(&self) -> String {
        let refused = self.refused.iter().map(|one| {
            let id = one.access_key_id.map(|id| format!(" {id}")).unwrap_or_default();
            format!("{}: {}{id}: {}\n", one.at, one.user_name, one.reason)
        });
        let [imported, unchanged, refusals] = [self.imported, self.unchanged, self.refused.len()];
        let verb = if self.dry_run { "to import" } else { "imported" };
        let counts = format!(
            "Keys {verb}: {imported}, there already: {unchanged}, refused: {refusals}. New users: {}.",
            self.users_created
        );
        refused.chain([counts]).collect()
    }
}

fn read_source(file: &Path) -> Result<SecretString, Failure> {
    let failed = |error: io::Error| Failure::new(Kind::Local, format!("{}: {error}.", file.display()));
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(failed)?)
    };
    let mut text = String::new();
    source.take(SOURCE_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > SOURCE_MAX {
        return Err(Failure::new(
            Kind::Usage,
            format!("There is more than {} MiB to read.", SOURCE_MAX >> 20),
        ));
    }
    Ok(text.into())
}
