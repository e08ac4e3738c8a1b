//! Calls to others, as an argument: rotation, federation and the custodian ask through this trait, the server brings the
//! network, tests bring what they like.

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::percent_encode;
use keystead_aws::xml::{self, Element};
use keystead_core::{SecretString, Timestamp};

use crate::gate::Gate;
use crate::turnstile::Turnstile;

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

/// A call signed with SigV4, of whatever protocol.
pub struct SignedCall<'a> {
    /// HTTP method.
    pub method: &'static str,
    /// Where: an absolute address with path and query.
    pub url: &'a str,
    /// For which service it is signed.
    pub service: &'a str,
    /// For which region it is signed.
    pub region: &'a str,
    /// With which key.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret: &'a SecretString,
    /// What goes with a temporary key.
    pub session_token: Option<&'a SecretString>,
    /// The body, a form of the Query protocol; empty where the address says everything.
    pub body: &'a str,
    /// Whether the operator named the address, so that it may be inside the operator's network.
    pub named: bool,
    /// The longest answer that is read, in bytes.
    pub answer_max: usize,
    /// The present instant.
    pub now: Timestamp,
}

/// A call that brings its own headers, for whatever speaks HTTP.
pub struct PlainCall<'a> {
    /// HTTP method.
    pub method: &'static str,
    /// Where: an absolute address with path and query.
    pub url: &'a str,
    /// Names and values of headers; a token may be among them.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, which may be a secret.
    pub body: &'a str,
    /// Whether the operator named the address, so that it may be inside the operator's network.
    pub named: bool,
    /// The longest answer that is read, in bytes.
    pub answer_max: usize,
}

/// An answer as it came.
#[derive(Debug)]
pub struct SignedAnswer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// The other side's clock, from its `Date` header.
    pub date: Option<Timestamp>,
}

/// There was no answer that could be read; the call may have had its effect all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer(pub String);

/// The way out.
pub trait Outgoing: Send + Sync {
    /// Sends a signed call and waits for its answer, on a thread that may block. No redirect is followed.
    fn send(&self, call: &SignedCall<'_>) -> Result<SignedAnswer, NoAnswer>;

    /// The same for a call that is not signed, or was by whoever makes it.
    fn call(&self, call: &PlainCall<'_>) -> Result<SignedAnswer, NoAnswer> {
        Err(NoAnswer(format!("there is no way to {}", call.url)))
    }

    /// Waits before something is tried again.
    fn pause(&self, time: Duration);

    /// Sends a call of the Query protocol to an endpoint that the operator named.
    fn query(&self, call: &QueryCall<'_>) -> Result<QueryAnswer, NoAnswer> {
        let answer = self.send(&SignedCall {
            method: "POST",
            url: &format!("{}/", call.endpoint.trim_end_matches('/')),
            service: call.service,
            region: call.region,
            access_key_id: call.access_key_id,
            secret: call.secret,
            session_token: None,
            body: &form(call.parameters),
            named: true,
            answer_max: xml::BYTES_MAX,
            now: call.now,
        })?;
        let body = xml::read(&answer.body).map_err(|error| NoAnswer(error.to_string()))?;
        Ok(QueryAnswer { status: answer.status, body, date: answer.date })
    }

    /// Fetches a document that a tenant gave the address of, so that nothing is taken for granted of the
    /// address: https, no redirect, nothing inside the operator's network that the operator has not named.
    fn get(&self, url: &str) -> Result<Vec<u8>, NoAnswer>;
}

/// Parameters as a form.
pub fn form(parameters: &[(&str, &str)]) -> String {
    let encode = |(name, value): &(&str, &str)| format!("{}={}", percent_encode(name), percent_encode(value));
    parameters.iter().map(encode).collect::<Vec<_>>().join("&")
}

/// How many documents are kept.
const DOCUMENTS: usize = 4096;
/// How many are fetched at once.
const FETCHES_AT_ONCE: usize = 8;
/// How many more may wait for it.
const FETCHES_WAITING: usize = 64;
/// For how long an outcome stands at least, a failure too.
const PAUSE: Duration = Duration::from_mins(1);

/// Documents that were fetched, and those that could not be.
pub(crate) struct Documents {
    kept: quick_cache::sync::Cache<Box<str>, Fetched>,
    fetching: Turnstile,
}

#[derive(Clone)]
struct Fetched {
    at: Timestamp,
    outcome: Result<Arc<[u8]>, NoAnswer>,
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            kept: quick_cache::sync::Cache::new(DOCUMENTS),
            fetching: Turnstile::new(FETCHES_AT_ONCE, FETCHES_WAITING),
        }
    }
}

impl Gate {
    /// The document at an address: one that was fetched less than `kept` ago, or else fetched now. Whoever asks
    /// waits, on a thread that may block.
    pub fn fetch(&self, url: &str, kept: Duration, now: Timestamp) -> Result<Arc<[u8]>, NoAnswer> {
        if let Some(Fetched { at, outcome }) = self.documents.kept.get(url) {
            let stands = if outcome.is_ok() { kept } else { PAUSE };
            if now.since(at) < stands {
                return outcome;
            }
        }
        let outgoing = self.outgoing().ok_or_else(|| NoAnswer("there is no way out".to_owned()))?;
        let fetched = self.documents.fetching.pass(|| outgoing.get(url));
        let outcome = fetched.map_err(|_| NoAnswer("too many others are asked".to_owned()))?.map(Arc::from);
        self.documents.kept.insert(url.into(), Fetched { at: now, outcome: outcome.clone() });
        outcome
    }
}
