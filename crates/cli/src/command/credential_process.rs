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
use crate::variables::{Variable, WorkloadArguments};

/// Print the credential of a consumer or a workload in the form that AWS SDKs read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example, in ~/.aws/config:\n  [profile orders]\n  \
                        credential_process = /usr/bin/keystead credential-process --token-file /etc/orders.token")]
pub(crate) struct CredentialProcess {
    #[command(flatten)]
    remote: Remote,
    /// The file with the consumer's token.
    #[arg(long, value_name = "FILE", required_unless_present = "workload_token_file")]
    token_file: Option<PathBuf>,
    /// The file with a workload's token instead: its inputs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are printed.
    #[arg(long, value_name = "FILE", conflicts_with = "token_file")]
    workload_token_file: Option<PathBuf>,
}

/// How long a server that does not answer is asked again; one that restarts is back within a second.
const RETRY_FOR: Duration = Duration::from_secs(2);
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// How long an SDK keeps a workload's key. SDKs ask again a quarter of an hour before the end.
const LEASE: Duration = Duration::from_mins(30);

impl CredentialProcess {
    /// Asks, a few times if need be, and prints.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let end = SystemClock.now().plus(RETRY_FOR);
        if let Some(token_file) = &self.workload_token_file {
            let (remote, token_file) = (self.remote.clone(), token_file.clone());
            let workload = WorkloadArguments { remote, token_file, wait: 0 };
            let asked_at = SystemClock.now();
            return say(&of_inputs(&ask_until(end, || workload.fetch())?, asked_at)?.to_string());
        }
        let missing = || Failure::new(Kind::Usage, "Give --token-file or --workload-token-file.");
        let token_file = self.token_file.as_deref().ok_or_else(missing)?;
        let connection = self.remote.connect_as_consumer(token_file)?;
        let ask = || Ok((SystemClock.now(), connection.get("/api/v1/consumer/credential")?));
        let (asked_at, credential) = ask_until(end, ask)?;
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

/// The answer for the SDK; what a service is shown is no SDK's, and named as the IAM API names it. The SDK reads the expiration by this machine's clock, so it is reckoned by it, from
/// before the question was asked: the lease never lasts longer here than the server believes.
fn in_sdk_form(credential: &Value, asked_at: Timestamp) -> Result<Value, Failure> {
    let missing = |name: &str| Failure::new(Kind::Local, format!("The answer has no `{name}`."));
    let lease = credential["lease_seconds"].as_u64().ok_or_else(|| missing("lease_seconds"))?;
    let member = |name: &str| credential[name].as_str().ok_or_else(|| missing(name));
    let expiration = asked_at.plus(Duration::from_secs(lease)).to_iso8601();
    if credential["service_password"].is_string() {
        return Ok(json!({
            "Version": 1,
            "ServiceSpecificCredentialId": member("access_key_id")?,
            "ServiceUserName": member("service_user_name")?,
            "ServicePassword": member("service_password")?,
            "Expiration": expiration,
        }));
    }
    Ok(json!({
        "Version": 1,
        "AccessKeyId": member("access_key_id")?,
        "SecretAccessKey": member("secret_access_key")?,
        "Expiration": expiration,
    }))
}

/// A workload's inputs for the SDK, which asks again before `LEASE` is over: a key that was changed or taken back in
/// the meantime is not kept for longer.
fn of_inputs(inputs: &[Variable], asked_at: Timestamp) -> Result<Value, Failure> {
    let find = |name: &str| inputs.iter().find(|input| input.name == name).map(|input| input.value.expose());
    let get = |name: &str| {
        let missing = || Failure::new(Kind::NotFound, format!("The workload has no input {name}."));
        find(name).ok_or_else(missing)
    };
    let mut credential = json!({
        "Version": 1,
        "AccessKeyId": get("AWS_ACCESS_KEY_ID")?,
        "SecretAccessKey": get("AWS_SECRET_ACCESS_KEY")?,
        "Expiration": asked_at.plus(LEASE).to_iso8601(),
    });
    if let Some(token) = find("AWS_SESSION_TOKEN") {
        credential["SessionToken"] = token.clone().into();
    }
    Ok(credential)
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
