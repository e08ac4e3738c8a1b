//! `keystead credentials-file`: keeps one profile of a shared credentials file current.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind};
use crate::following;
use crate::replace::Replacement;
use crate::shared_credentials::{EditError, Keys, edit, holds};

/// Keep a profile of an AWS shared credentials file current, and tell the server once it is.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keystead credentials-file --token-file /etc/orders.token --profile orders \\\n    \
                        --path /srv/orders/.aws/credentials --reload-command 'systemctl reload orders'"
)]
pub(crate) struct CredentialsFile {
    #[command(flatten)]
    remote: Remote,
    /// The file with the consumer's token.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// The shared credentials file. Everything in it but the profile's keys stays as it is.
    #[arg(long, value_name = "FILE")]
    path: PathBuf,
    /// The profile.
    #[arg(long, value_name = "NAME")]
    profile: String,
    /// What to run, by sh, once the file has changed, and when starting: whoever was here before may have
    /// been stopped in between. It gets no secret.
    #[arg(long, value_name = "COMMAND")]
    reload_command: Option<String>,
    /// Do it once and end; then the command runs after a change only.
    #[arg(long)]
    once: bool,
}

impl CredentialsFile {
    /// Does it, once or until the process is ended.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let connection = self.remote.connect_as_consumer(&self.token_file)?;
        let mut progress = Progress { needs_reload: !self.once, ..Progress::default() };
        if self.once {
            return self.turn(&connection, &mut progress).map(|_| ());
        }
        following::follow(|| self.turn(&connection, &mut progress))
    }

    /// Brings the file up to date and says so; gives the time to wait until the next turn.
    fn turn(&self, connection: &Connection, progress: &mut Progress) -> Result<Duration, Failure> {
        let credential = connection.get("/api/v1/consumer/credential")?;
        let member = |name: &str| {
            credential[name]
                .as_str()
                .ok_or_else(|| Failure::new(Kind::Local, format!("The answer has no `{name}`.")))
        };
        let keys = Keys { access_key_id: member("access_key_id")?, secret: member("secret_access_key")? };
        progress.needs_reload |= self.write(&keys)?;
        if progress.needs_reload {
            following::reload(self.reload_command.as_deref())?;
            progress.needs_reload = false;
        }
        if progress.reported.as_deref() != Some(keys.access_key_id) {
            connection.post("/api/v1/consumer/applied", &json!({ "access_key_id": keys.access_key_id }))?;
            progress.reported = Some(keys.access_key_id.to_owned());
        }
        Ok(following::pause_after(&credential["lease_seconds"]))
    }

    /// Puts the keys into the file where they are not there, and reads them back. Whether it changed.
    fn write(&self, keys: &Keys<'_>) -> Result<bool, Failure> {
        let failed = |reason: &dyn std::fmt::Display| {
            Failure::new(Kind::Local, format!("{} is left as it is: {reason}.", self.path.display()))
        };
        let replacement = Replacement::begin(&self.path).map_err(|error| failed(&error))?;
        let old = replacement.text().map_err(|error| failed(&error))?;
        let new = edit(&old, &self.profile, keys).map_err(|error: EditError| failed(&error))?;
        if new == old {
            return Ok(false);
        }
        replacement.finish(&new).map_err(|error| failed(&error))?;
        let written = std::fs::read_to_string(&self.path)?;
        if !holds(&written, &self.profile, keys) {
            return Err(Failure::new(
                Kind::Conflict,
                format!("{} was changed by another program at the same moment.", self.path.display()),
            ));
        }
        Ok(true)
    }
}

/// How far the agent has come since it was started.
#[derive(Default)]
struct Progress {
    /// Whether the application has yet to be told of a change.
    needs_reload: bool,
    /// The access key id that the server was last told to be in the file.
    reported: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_current_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let command = CredentialsFile {
            remote: Remote { url: String::new(), cacert: None },
            token_file: PathBuf::new(),
            path: folder.path().join("credentials"),
            profile: "orders".to_owned(),
            reload_command: Some("exit 3".to_owned()),
            once: true,
        };
        let keys = Keys { access_key_id: "AKIA", secret: "s" };
        assert_eq!(command.write(&keys), Ok(true));
        assert_eq!(command.write(&keys), Ok(false));
    }
}
