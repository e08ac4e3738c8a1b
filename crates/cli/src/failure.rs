//! How a command fails: one clear sentence on standard error and an exit code that scripts can tell apart.

use std::fmt;
use std::process::ExitCode;

use keystead_aws::{Fault, xml};
use keystead_server::outgoing::SendError;
use keystead_store::StoreError;
use serde_json::{Value, json};

use crate::output::Format;

/// What kind of failure it is; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something here failed.
    Local = 1,
    /// The command was not given rightly.
    Usage = 2,
    /// What was named does not exist.
    NotFound = 3,
    /// Not known or not allowed.
    Denied = 4,
    /// A limit or a conflict.
    Conflict = 5,
    /// The server cannot be reached.
    Unreachable = 6,
    /// A rotation waits for somebody, or only part was done.
    Partial = 7,
}

/// A failed command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What kind.
    pub(crate) kind: Kind,
    /// What happened and what to do, as sentences.
    pub(crate) text: String,
    /// The server's code for it, if it came from there.
    code: Option<String>,
    /// The id under which the server's log and audit know the request.
    request_id: Option<String>,
}

impl Kind {
    /// A word for programs, where no server gave a code.
    fn code(self) -> &'static str {
        match self {
            Self::Local => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Denied => "denied",
            Self::Conflict => "conflict",
            Self::Unreachable => "unreachable",
            Self::Partial => "partial",
        }
    }
}

impl Failure {
    /// A failure of that kind.
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), code: None, request_id: None }
    }

    /// What a server said in `application/problem+json`.
    pub(crate) fn from_problem(status: u16, problem: &Value) -> Self {
        let member = |name: &str| problem[name].as_str().map(str::to_owned);
        let text = member("detail").unwrap_or_else(|| format!("The server answered with status {status}."));
        Self { kind: kind_of(status), text, code: member("code"), request_id: member("request_id") }
    }

    /// What a server said in an error of the Query API.
    pub(crate) fn from_query_error(status: u16, body: &[u8]) -> Self {
        let error = xml::read(body).unwrap_or_default();
        let member = |path: &[&str]| error.text_at(path).map(str::to_owned);
        let text = member(&["Error", "Message"])
            .unwrap_or_else(|| format!("The server answered with status {status}."));
        let (code, request_id) = (member(&["Error", "Code"]), member(&["RequestId"]));
        Self { kind: kind_of(status), text, code, request_id }
    }

    /// Says what happened, in the form that was asked for, and gives the exit code.
    pub(crate) fn report(&self, format: Format) -> ExitCode {
        match format {
            Format::Json => eprintln!("{}", self.to_json()),
            _ => eprintln!("keystead: {}", self.text),
        }
        ExitCode::from(self.kind as u8)
    }

    fn to_json(&self) -> Value {
        let code = self.code.as_deref().unwrap_or(self.kind.code());
        json!({ "error": { "code": code, "message": self.text, "request_id": self.request_id } })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let kind = if matches!(error, StoreError::InUse { .. }) { Kind::Conflict } else { Kind::Local };
        Self::new(kind, sentence(&error.to_string()))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Kind::Local, sentence(&error.to_string()))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        if let Fault::Internal(source) = &fault {
            return Self::new(Kind::Local, sentence(&source.0));
        }
        let wire = fault.wire();
        Self {
            kind: kind_of(wire.status),
            text: wire.message.unwrap_or_else(|| wire.code.to_owned()),
            code: Some(wire.code.to_owned()),
            request_id: None,
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        let kind = if matches!(error, SendError::Refused(_)) { Kind::Usage } else { Kind::Unreachable };
        Self::new(kind, sentence(&error.to_string()))
    }
}

/// The kind of failure an HTTP status stands for.
fn kind_of(status: u16) -> Kind {
    match status {
        401 | 403 => Kind::Denied,
        404 => Kind::NotFound,
        409 | 429 => Kind::Conflict,
        // The server, or a proxy before it, says that it did nothing and may do better soon.
        502..=504 => Kind::Unreachable,
        500.. => Kind::Local,
        _ => Kind::Usage,
    }
}

/// An error's text as a sentence of its own.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_exit_code() {
        let codes = [
            (400, 2),
            (401, 4),
            (403, 4),
            (404, 3),
            (409, 5),
            (413, 2),
            (421, 2),
            (429, 5),
            (500, 1),
            (502, 6),
            (503, 6),
        ];
        for (status, code) in codes {
            assert_eq!(Failure::from_problem(status, &Value::Null).kind as u8, code, "{status}");
        }
    }

    #[test]
    fn a_problem_keeps_its_code_text_and_request_id() {
        let problem = json!({ "code": "Taken", "detail": "The name is taken.", "request_id": "r-1" });
        let shown = Failure::from_problem(409, &problem).to_json();
        let wanted = json!({ "code": "Taken", "message": "The name is taken.", "request_id": "r-1" });
        assert_eq!(shown, json!({ "error": wanted }));
    }

    #[test]
    fn an_answer_that_is_no_problem_is_told_by_its_status() {
        let failure = Failure::from_problem(502, &Value::Null);
        assert_eq!(failure.text, "The server answered with status 502.");
        assert_eq!(failure.to_json()["error"]["code"], "unreachable");
    }

    #[test]
    fn an_error_becomes_a_sentence() {
        assert_eq!(sentence("the file is gone"), "The file is gone.");
        assert_eq!(sentence("Gone."), "Gone.");
    }
}
