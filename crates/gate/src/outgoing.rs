//! Calls to other authorities, as an argument: rotation asks through this trait, the server brings the
//! network, tests bring what they like.

use keystead_aws::xml::Element;
use keystead_core::{SecretString, Timestamp};

/// A signed call of the Query protocol.
pub struct QueryCall<'a> {
    /// Where: scheme, host and port.
    pub endpoint: &'a str,
    /// For which service it is signed: `iam` or `sts`.
    pub service: &'static str,
    /// For which region it is signed.
    pub region: &'a str,
    /// With which key.
    pub access_key_id: &'a str,
    /// And its secret.
    pub secret: &'a SecretString,
    /// `Action`, `Version` and the rest.
    pub parameters: &'a [(&'a str, &'a str)],
    /// The present instant.
    pub now: Timestamp,
}

/// What came back.
#[derive(Debug)]
pub struct QueryAnswer {
    /// HTTP status.
    pub status: u16,
    /// The reply's root element.
    pub body: Element,
    /// The other side's clock, from its `Date` header.
    pub date: Option<Timestamp>,
}

/// There was no answer that could be read; the call may have had its effect all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer(pub String);

/// The way out.
pub trait Outgoing: Send + Sync {
    /// Sends a call and waits for its answer, on a thread that may block.
    fn query(&self, call: &QueryCall<'_>) -> Result<QueryAnswer, NoAnswer>;
}
