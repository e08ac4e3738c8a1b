//! Calls to targets, and what becomes of their refusals.

use keystead_gate::Gate;
use keystead_gate::outgoing::PlainCall;
use serde_json::Value;

use super::failed;
use crate::machine::Failure;

/// More than any target has to say, in bytes.
const ANSWER_MAX: usize = 2 * 1024 * 1024;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    body: Vec<u8>,
}

impl Answer {
    /// The body in JSON; null where it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// What every target means by its status, where it is not a good one. `action` names what was asked.
    pub(crate) fn refusal(&self, action: &str) -> Failure {
        match self.status {
            429 => Failure::Throttled,
            401 | 403 => Failure::Denied { action: action.to_owned() },
            status if status >= 500 => Failure::Unavailable,
            status => failed(format!("{action} was answered {status}")),
        }
    }
}

/// Calls a target.
pub(super) fn call(
    gate: &Gate,
    method: &'static str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, Failure> {
    call_at(gate, (method, url, gate.knows_target(url)), headers, body)
}

/// The same where it is known whether the operator named the address.
pub(super) fn call_at(
    gate: &Gate,
    (method, url, named): (&'static str, &str, bool),
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, Failure> {
    let call = PlainCall { method, url, headers, body, named, answer_max: ANSWER_MAX };
    let answer = gate.outgoing().ok_or(Failure::Unavailable)?.call(&call).map_err(|error| {
        tracing::warn!(url, error = error.0, "a delivery target did not answer");
        Failure::Unavailable
    })?;
    Ok(Answer { status: answer.status, body: answer.body })
}

/// Whether secrets may be sent to an address: over TLS, or to this machine itself where the operator named it.
pub(crate) fn check_url(gate: &Gate, url: &str) -> Result<(), String> {
    check_url_of(url, gate.knows_target(url))
}

/// The same where it is known whether the operator named it.
pub(crate) fn check_url_of(url: &str, named: bool) -> Result<(), String> {
    let refused = |why: &str| Err(format!("`url` {url} {why}"));
    let Ok(uri) = url.parse::<::http::Uri>() else { return refused("is no address") };
    if uri.query().is_some() || uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return refused("has a query or a user in it");
    }
    let is_loopback = matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_loopback && named => Ok(()),
        Some("http") if is_loopback => {
            refused("is on this server: the operator has to name it, by starting the server with --target")
        }
        _ => refused("is no https address; secrets are not sent in the clear"),
    }
}

/// What stands in a document at the end of these names; null where nothing does.
pub(super) fn at<'v>(document: &'v Value, names: &[&str]) -> &'v Value {
    names.iter().try_fold(document, |value, name| value.get(name)).unwrap_or(&Value::Null)
}

/// A path, each of its segments encoded.
pub(super) fn path(text: &str) -> String {
    text.trim_matches('/').split('/').map(keystead_aws::percent_encode).collect::<Vec<_>>().join("/")
}
