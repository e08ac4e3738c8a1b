//! Following a consumer's credential: asking again in time, telling the application, and going on after an outage.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::clock::pause;
use crate::failure::{Failure, Kind};

const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_mins(1);
/// After a failure: first this, then twice as long each time, up to the longest.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_LONGEST: Duration = Duration::from_secs(5);

/// Takes one turn after another, each after the time that the one before gave, until the process is ended.
pub(crate) fn follow(mut turn: impl FnMut() -> Result<Duration, Failure>) -> ! {
    let mut outage: Option<Duration> = None;
    loop {
        let wait = match turn() {
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

/// Has the application read its files again.
pub(crate) fn reload(command: Option<&str>) -> Result<(), Failure> {
    let Some(command) = command else { return Ok(()) };
    // Its output goes to standard error, where ours goes.
    let status =
        Command::new("sh").args(["-c", command]).stdin(Stdio::null()).stdout(std::io::stderr()).status()?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(Kind::Partial, format!("The file is current, but the reload command failed: {status}.")))
}

/// Half the lease, within bounds. A lease under a minute is a demonstration's: it wants to be kept up with.
pub(crate) fn pause_after(lease_seconds: &Value) -> Duration {
    match lease_seconds.as_u64() {
        Some(0..60) => PAUSE_MIN,
        Some(seconds) => Duration::from_secs(seconds / 2).min(PAUSE_MAX),
        None => PAUSE_MAX,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn a_reload_command_that_fails_is_told() {
        assert_eq!(reload(Some("exit 3")).unwrap_err().kind, Kind::Partial);
        assert_eq!(reload(Some("true")), Ok(()));
        assert_eq!(reload(None), Ok(()));
    }
}
