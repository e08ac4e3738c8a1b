//! Signature Version 4: reading, verifying and making signed requests.
//!
//! The order of a verification is [`read`] (everything that needs neither a clock nor a key),
//! [`check_date`], then [`verify()`] with the key of the claimed access key id. Only then is anything in
//! [`Presented`] true. What is verified is the request as received: nothing is repaired on the way, and
//! whatever could be read in two ways is refused (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>).
//!
//! - `read`: from request to [`Presented`], in the order and words of AWS.
//! - `canonical`: the canonical request, streamed straight into the hash.
//! - `key`: the derived signing key.
//! - `verify`: the date and the signature.
//! - `sign`: the client's side.
//! - `split`: splitting texts, fast.

mod canonical;
mod key;
mod read;
mod sign;
mod split;
mod verify;

use std::borrow::Cow;
use std::fmt;

use keystead_core::Timestamp;

pub use key::SigningKey;
pub use read::{is_signed, read};
pub use sign::Signer;
pub use verify::{check_date, explain, verify};

/// The one algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The last element of a credential scope.
const TERMINATOR: &str = "aws4_request";

/// A request as it was received. It holds what must not be logged, so it cannot be printed.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Method, upper-case.
    pub method: &'a str,
    /// Raw path, without the query.
    pub path: &'a str,
    /// Raw query without the question mark, empty if there is none.
    pub query: &'a str,
    /// Headers in the order received, names lower-case.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> Request<'a> {
    /// The values of a header, by its lower-case name.
    fn header<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.headers.iter().filter(move |(n, _)| *n == name).map(|(_, value)| *value)
    }
}

/// Where the credentials stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query, for a limited time.
    Presigned {
        /// How long after signing, in seconds.
        expires_s: u32,
    },
}

/// What a request claims. Nothing of it is true before [`verify()`] says so.
#[derive(Clone)]
#[non_exhaustive]
pub struct Presented<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// Date of the credential scope, `YYYYMMDD`.
    pub date: &'a str,
    /// Region of the credential scope.
    pub region: &'a str,
    /// Service of the credential scope.
    pub service: &'a str,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The names of the signed headers, joined by `;`.
    pub signed_headers: Cow<'a, str>,
    /// The signature.
    pub signature: [u8; 32],
    /// The session token; an empty one counts as none.
    pub session_token: Option<Cow<'a, str>>,
    /// Where all this stood.
    pub form: Form,
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { access_key_id, date, region, service, .. } = self;
        write!(f, "Presented({access_key_id}/{date}/{region}/{service})")
    }
}

impl Presented<'_> {
    /// Whether the signature covers a header, by its lower-case name.
    pub fn signs_header(&self, name: &str) -> bool {
        split::split(&self.signed_headers, b';').any(|signed| signed == name)
    }
}

/// The body that the signature has to cover.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// The body as received.
    Body(&'a [u8]),
    /// The body was not forwarded: the signed `x-amz-content-sha256` stands for it, or else an empty body.
    NotForwarded,
}
