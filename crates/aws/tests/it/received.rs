//! A request as text, as it comes over the wire, and the way from there to a verdict.

use std::time::Duration;

use keystead_aws::error::Result;
use keystead_aws::sigv4::{self, Payload, Presented, Request, SigningKey};
use keystead_core::Timestamp;

/// AWS's published example secret; every vector is signed with it.
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 20150830T123600Z, when every vector is signed.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_440_938_160);
/// AWS's window.
pub(crate) const WINDOW: Duration = Duration::from_mins(15);

/// A request that owns its parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    /// From the text of a request: request line, headers, an empty line, body.
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let mut words = lines.next().unwrap().split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let headers = lines.map(|line| line.split_once(':').unwrap());
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { method: method.to_owned(), headers, body: body.to_owned(), ..Self::default() }
            .with_target(target)
    }

    pub(crate) fn with_target(self, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { path: path.to_owned(), query: query.to_owned(), ..self }
    }

    /// Hands the request and what it claims to `judge`.
    pub(crate) fn read<T>(&self, judge: impl FnOnce(&Request<'_>, &Presented<'_>) -> Result<T>) -> Result<T> {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let request =
            Request { method: &self.method, path: &self.path, query: &self.query, headers: &headers };
        let presented = sigv4::read(&request)?;
        judge(&request, &presented)
    }

    /// Reads and verifies, as the gate does.
    pub(crate) fn verify_at(&self, now: Timestamp) -> Result<()> {
        self.read(|request, presented| {
            sigv4::check_date(presented, now, WINDOW)?;
            let key = SigningKey::derive(SECRET, presented.date, presented.region, presented.service);
            sigv4::verify(request, presented, &Payload::Body(self.body.as_bytes()), &key)
        })
    }

    pub(crate) fn verify(&self) -> Result<()> {
        self.verify_at(NOW)
    }
}
