//! `keystead credential-process`: what an AWS SDK runs to get its credential.
//!
//! The contract is that of "Sourcing credentials with an external process" in the AWS SDKs and Tools
//! Reference Guide: JSON on standard output and exit code 0, and nothing secret on standard error, which
//! SDKs log.

use std::path::PathBuf;
use std::time::Duration;

use keystead_core::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::clock::{SystemClock, pause};
use crate::connection::Remote;
use crate::failure::{Failure, Kind};
use crate::output::say;

/// Print a consumer's credential in the form that AWS SDKs read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example, in ~/.aws/config:\n  [profile orders]\n  \
                        credential_process = /usr/bin/keystead credential-process --token-file /etc/orders.token")]
pub(crate) struct CredentialProcess {
    #[command(flatten)]
    remote: Remote,
    /// The file with the consumer's token.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

/// How long a server that does not answer is asked again; one that restarts is back within a second.
const RETRY_FOR: Duration = Duration::from_secs(2);
const RETRY_AFTER: Duration = Duration::from_millis(100);

impl CredentialProcess {
    /// Asks, a few times if need be, and prints.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let connection = self.remote.connect_as_consumer(&self.token_file)?;
        let ask = || Ok((SystemClock.now(), connection.get("/api/v1/consumer/credential")?));
        let (asked_at, credential) = ask_until(SystemClock.now().plus(RETRY_FOR), ask)?;
        say(&in_sdk_form(&credential, asked_at)?.to_string())
    }
}

/// Asks again while nobody answers, until `end`.
fn ask_until<T>(end: Timestamp, ask: impl Fn() -> Result<T, Failure>) -> Result<T, Failure> {
    loop {
        match ask() {
            Err(failure) if failure.kind == Kind::Unreachable && SystemClock.now() < end => {
                pause(RETRY_AFTER);
            }
            outcome => return outcome,
        }
    }
}

/// The answer for the SDK. The SDK reads the expiration by this machine's clock, so it is reckoned by it, from
/// before the question was asked: the lease never lasts longer here than the server believes.
fn in_sdk_form(credential: &Value, asked_at: Timestamp) -> Result<Value, Failure> {
    let missing = |name: &str| Failure::new(Kind::Local, format!("The answer has no `{name}`."));
    let lease = credential["lease_seconds"].as_u64().ok_or_else(|| missing("lease_seconds"))?;
    let member = |name: &str| credential[name].as_str().ok_or_else(|| missing(name));
    Ok(json!({
        "Version": 1,
        "AccessKeyId": member("access_key_id")?,
        "SecretAccessKey": member("secret_access_key")?,
        "Expiration": asked_at.plus(Duration::from_secs(lease)).to_iso8601(),
    }))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_answer_has_the_members_that_sdks_read() {
        let answer = json!({
            "access_key_id": "AKIA", "secret_access_key": "s", "expiration": "2030-01-01T00:00:00Z", "lease_seconds": 9
        });
        let shown = in_sdk_form(&answer, Timestamp::from_secs(1_767_225_591)).unwrap();
        let wanted = json!({
            "Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "s", "Expiration": "2026-01-01T00:00:00Z"
        });
        assert_eq!(shown, wanted);
        assert!(in_sdk_form(&json!({ "access_key_id": "AKIA" }), Timestamp::default()).is_err());
    }

    #[test]
    fn only_a_server_that_does_not_answer_is_asked_again() {
        let asked = Cell::new(0);
        let far = SystemClock.now().plus(Duration::from_mins(1));
        let outcome: Result<(), _> = ask_until(far, || {
            asked.set(asked.get() + 1);
            Err(Failure::new(if asked.get() < 3 { Kind::Unreachable } else { Kind::Denied }, "No."))
        });
        assert_eq!((outcome.unwrap_err().kind, asked.get()), (Kind::Denied, 3));
        let past = SystemClock.now();
        let outcome: Result<(), _> = ask_until(past, || Err(Failure::new(Kind::Unreachable, "Gone.")));
        assert_eq!(outcome.unwrap_err().kind, Kind::Unreachable);
    }
}
