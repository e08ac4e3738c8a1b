//! How a command fails: one clear sentence on standard error and an exit code that scripts can tell apart.

use std::fmt;
use std::process::ExitCode;

use keystead_aws::Fault;
use keystead_store::StoreError;

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
#[derive(Debug)]
pub(crate) struct Failure {
    /// What kind.
    pub(crate) kind: Kind,
    /// What happened and what to do, as sentences.
    pub(crate) text: String,
}

impl Failure {
    /// A failure of that kind.
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// Says what happened and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("keystead: {}", self.text);
        ExitCode::from(self.kind as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(Kind::Local, format!("{error}."))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Kind::Local, format!("{error}."))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        if let Fault::Internal(source) = &fault {
            return Self::new(Kind::Local, format!("{}.", source.0));
        }
        let wire = fault.wire();
        Self::new(kind_of(wire.status), wire.message.unwrap_or_else(|| wire.code.to_owned()))
    }
}

/// The kind of failure an HTTP status stands for.
pub(crate) fn kind_of(status: u16) -> Kind {
    match status {
        401 | 403 => Kind::Denied,
        404 => Kind::NotFound,
        409 | 429 => Kind::Conflict,
        500.. => Kind::Local,
        _ => Kind::Usage,
    }
}
