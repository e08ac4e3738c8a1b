//! `keystead credentials-file`: keeps one profile of a shared credentials file current.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::pause;
use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind};
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

const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_mins(1);
/// After a failure: first this, then twice as long each time, up to the longest.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_LONGEST: Duration = Duration::from_secs(5);

impl CredentialsFile {
    /// Does it, once or until the process is ended.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let connection = self.remote.connect_as_consumer(&self.token_file)?;
        let mut progress = Progress { needs_reload: !self.once, ..Progress::default() };
        if self.once {
            return self.turn(&connection, &mut progress).map(|_| ());
        }
        let mut outage: Option<Duration> = None;
        loop {
            let wait = match self.turn(&connection, &mut progress) {
                Ok(wait) => {
                    if outage.take().is_some() {
                        eprintln!("keystead: it works again.");
                    }
                    wait
                }
                Err(failure) => {
                    // One line an outage, however long it lasts.
                    if outage.is_none() {
                        eprintln!("keystead: {failure} Trying again until it works.");
                    }
                    *outage.insert(outage.map_or(RETRY_FIRST, |last| (last * 2).min(RETRY_LONGEST)))
                }
            };
            pause(wait);
        }
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
            self.reload()?;
            progress.needs_reload = false;
        }
        if progress.reported.as_deref() != Some(keys.access_key_id) {
            connection.post("/api/v1/consumer/applied", &json!({ "access_key_id": keys.access_key_id }))?;
            progress.reported = Some(keys.access_key_id.to_owned());
        }
        Ok(pause_after(&credential["lease_seconds"]))
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

    fn reload(&self) -> Result<(), Failure> {
        let Some(command) = &self.reload_command else { return Ok(()) };
        // Its output goes to standard error, where ours goes.
        let status = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::null())
            .stdout(std::io::stderr())
            .status()?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(
            Kind::Partial,
            format!("The file is current, but the reload command failed: {status}."),
        ))
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

/// Half the lease, within bounds. A lease under a minute is a demonstration's: it wants to be kept up with.
fn pause_after(lease_seconds: &Value) -> Duration {
    match lease_seconds.as_u64() {
        Some(0..60) => PAUSE_MIN,
        Some(seconds) => Duration::from_secs(seconds / 2).min(PAUSE_MAX),
        None => PAUSE_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_lease_is_waited_within_bounds() {
        let cases = [(json!(0), 1), (json!(59), 1), (json!(60), 30), (json!(100), 50), (json!(3600), 60)];
        for (lease, seconds) in cases {
            assert_eq!(pause_after(&lease), Duration::from_secs(seconds), "{lease}");
        }
        assert_eq!(pause_after(&Value::Null), PAUSE_MAX);
    }

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
        assert_eq!(command.reload().unwrap_err().kind, Kind::Partial);
    }
}
