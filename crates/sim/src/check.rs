//! What must never be, checked after every event against what is true rather than what is shown.
//!
//! A consumer may be refused without this being a violation in these cases only:
//! - somebody else deactivated or deleted the key;
//! - an operator exempted it, or accepted that nothing more will be known about it;
//! - it was *unobservable*: its rhythm was longer than half the time the evidence had been watched, and it
//!   is not held by its contract (it ignores its lease, or was never registered);
//! - the old key was off for trial, which was wished and announced; it had leaked; or an operator ordered it
//!   off whoever uses it.
//!
//! A consumer that keeps its contract, or was seen to use the key regularly, is never refused.

use std::fmt;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checker {
    /// The rotation never makes a third key.
    TwoKeys,
    /// Every consumer that is live holds an active key.
    LiveConsumer,
    /// No key is deactivated that somebody was seen with during the quiet time.
    SeenWhileQuiet,
    /// No key is deleted that is active, is not the rotation's own, or was tried during the watch.
    Deletion,
    /// A key is switched off for trial only where that is wished, announced, and for no longer than said.
    Brownout,
    /// Nothing is begun in a freeze, outside of windows, or without the yes it needs.
    Permitted,
    /// A leaked key that is to be contained at once is.
    Contained,
    /// A rotation ends, or has asked.
    EndsOrAsks,
    /// Every change of a document has an entry, and the entries form a chain.
    Explained,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub checker: Checker,
    /// How.
    pub sentence: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.checker, self.sentence)
    }
}
