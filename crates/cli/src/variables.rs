//! A workload's inputs as environment variables: fetched from the server, and completed with what this machine has.

use std::path::PathBuf;
use std::time::Duration;

use keystead_core::{Clock, SecretString};
use serde::Deserialize;

use crate::clock::{SystemClock, pause};
use crate::connection::Remote;
use crate::environment;
use crate::failure::{Failure, Kind};

/// Where a machine keeps its workload's token unless somebody says otherwise.
pub(crate) const TOKEN_FILE: &str = "/etc/keystead/workload.token";
/// How long to wait before asking again.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The workload, and the server that has its inputs.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct WorkloadArguments {
    #[command(flatten)]
    pub(crate) remote: Remote,
    /// The file with the workload's token, as `keystead enroll` wrote it.
    #[arg(long, env = "KEYSTEAD_TOKEN_FILE", value_name = "FILE", default_value = TOKEN_FILE)]
    pub(crate) token_file: PathBuf,
    /// Ask again for so long, in seconds, while inputs are missing or the server does not answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) wait: u64,
}

/// An environment variable.
pub(crate) struct Variable {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: SecretString,
    /// Whether it is to be hidden wherever output is kept.
    pub(crate) sensitive: bool,
}

/// The server's answer.
#[derive(Deserialize)]
struct Answer {
    inputs: Vec<Given>,
}

/// An input as the server gives it.
#[derive(Deserialize)]
struct Given {
    name: String,
    value: Option<SecretText>,
    machine_variable: Option<String>,
    sensitive: bool,
}

/// A text that is wiped and never printed.
#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretText(SecretString);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl WorkloadArguments {
    /// Fetches the inputs.
    pub(crate) fn fetch(&self) -> Result<Vec<Variable>, Failure> {
        let connection = self.remote.connect_as_workload(&self.token_file)?;
        let end = SystemClock.now().plus(Duration::from_secs(self.wait));
        let ask = || {
            complete(serde_json::from_value(connection.get("/api/v1/workload/inputs")?), environment::find)
        };
        loop {
            match ask() {
                Err(failure)
                    if matches!(failure.kind, Kind::Conflict | Kind::Unreachable)
                        && SystemClock.now() < end =>
                {
                    pause(ASK_AGAIN_AFTER);
                }
                outcome => return outcome,
            }
        }
    }
}

/// The variables of an answer; those that the machine has to add are taken from `find`.
fn complete(
    answer: Result<Answer, serde_json::Error>,
    find: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Variable>, Failure> {
    let answer =
        answer.map_err(|_| Failure::new(Kind::Local, "The answer has no inputs that can be read."))?;
    let (mut variables, mut missing) = (Vec::new(), Vec::new());
    for Given { name, value, machine_variable, sensitive } in answer.inputs {
        let own = machine_variable.as_deref().and_then(&find).map(SecretString::new);
        if let Some(value) = value.map(|text| text.0).or(own) {
            variables.push(Variable { name, value, sensitive });
        } else {
            let variable = machine_variable.unwrap_or_default();
            missing.push(format!("{name}: this machine has no environment variable {variable}"));
        }
    }
    if missing.is_empty() {
        return Ok(variables);
    }
    Err(Failure::new(Kind::Conflict, format!("Inputs are missing. {}.", missing.join("; "))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_machine_has_completes_the_answer() {
        let answer = json!({ "workload": "web", "inputs": [
            { "name": "A", "value": "a", "machine_variable": null, "sensitive": true },
            { "name": "B", "value": null, "machine_variable": "HOSTNAME", "sensitive": false },
        ] });
        let read = || serde_json::from_value(answer.clone());
        let found = complete(read(), |name| (name == "HOSTNAME").then(|| "h".to_owned())).unwrap();
        let shown: Vec<(&str, &str, bool)> =
            found.iter().map(|v| (v.name.as_str(), v.value.expose().as_str(), v.sensitive)).collect();
        assert_eq!(shown, [("A", "a", true), ("B", "h", false)]);
        let failure = complete(read(), |_| None).map(|_| ()).unwrap_err();
        assert_eq!(failure.text, "Inputs are missing. B: this machine has no environment variable HOSTNAME.");
    }
}
