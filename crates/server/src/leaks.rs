//! Reports of leaked keys from those who have no key here: scanners, partners, passers-by. Each source may send some a
//! minute, and all are answered alike, but GitHub where the operator knows its signature.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use keystead_aws::error::Fault;
use keystead_core::Timestamp;
use keystead_core::rng::uuid;
use keystead_gate::Gate;
use keystead_rotation::leaks::github::{Claimed, Label};
use keystead_rotation::leaks::intake;

use crate::route::{Connection, HttpResponse, read_body, whole, write};

/// Where they are taken; whoever signs goes to the operation of the same path.
const PATH: &str = "/api/v1/leak-reports";
/// What names the key and holds the signature of GitHub's reports.
const KEY_IDENTIFIER: HeaderName = HeaderName::from_static("github-public-key-identifier");
const SIGNATURE: HeaderName = HeaderName::from_static("github-public-key-signature");
/// The longest report, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// How many reports a source may send within [`WINDOW`].
const REPORTS_MAX: u32 = 30;
const WINDOW: Duration = Duration::from_mins(1);
/// How many sources are remembered; where there are more, all share what is left.
const SOURCES_MAX: usize = 10_000;

/// Takes reports, and remembers who sent how many.
#[derive(Default)]
pub(crate) struct Leaks(Mutex<Sources>);

#[derive(Default)]
struct Sources {
    began_at: Option<Timestamp>,
    counts: HashMap<String, u32>,
}

impl Leaks {
    /// Whether a request is a report that nobody signed.
    pub(crate) fn takes(request: &Request<Incoming>) -> bool {
        let is_signed = request.headers().contains_key(AUTHORIZATION)
            || request.uri().query().is_some_and(|query| query.contains("X-Amz-"));
        request.method() == Method::POST && request.uri().path() == PATH && !is_signed
    }

    /// Answers it: accepted, whatever it says. GitHub is told what it has found.
    pub(crate) async fn answer(
        &self,
        gate: &Arc<Gate>,
        request: Request<Incoming>,
        connection: &Connection,
    ) -> HttpResponse {
        match self.take(gate, request, &connection.source).await {
            Ok(None) => json(StatusCode::ACCEPTED, Bytes::from_static(b"{\"accepted\":true}")),
            Ok(Some(labels)) => json(StatusCode::OK, serde_json::to_vec(&labels).unwrap_or_default().into()),
            Err(fault) => write(keystead_gate::json::problem(&fault, &uuid(&**gate.rng()))),
        }
    }

    async fn take(
        &self,
        gate: &Arc<Gate>,
        request: Request<Incoming>,
        source: &str,
    ) -> Result<Option<Vec<Label>>, Fault> {
        if !self.count(source, gate.clock().now()) {
            return Err(Fault::Throttling("Rate exceeded".to_owned()));
        }
        let claimed = claimed(request.headers());
        let body = read_body(request.into_body(), BODY_MAX).await?;
        let (gate, source) = (Arc::clone(gate), source.to_owned());
        let taken = tokio::task::spawn_blocking(move || {
            intake::take_from_stranger(&gate, &source, &body, claimed.as_ref())
        });
        taken.await.map_err(Fault::internal)?
    }

    /// Counts a report; false where its source has sent too many.
    fn count(&self, source: &str, now: Timestamp) -> bool {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.began_at.is_none_or(|began| now.since(began) >= WINDOW) {
            *sources = Sources { began_at: Some(now), counts: HashMap::new() };
        }
        let is_known = sources.counts.contains_key(source) || sources.counts.len() < SOURCES_MAX;
        let count = sources.counts.entry(if is_known { source } else { "" }.to_owned()).or_default();
        *count += 1;
        *count <= REPORTS_MAX
    }
}

/// The signature that a report says to have.
fn claimed(headers: &HeaderMap) -> Option<Claimed> {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
    Some(Claimed { key_identifier: text(KEY_IDENTIFIER)?, signature: text(SIGNATURE)? })
}

fn json(status: StatusCode, body: Bytes) -> HttpResponse {
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
