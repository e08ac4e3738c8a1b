//! Adapters for services that ask who signed a request: each turns its own form of the question into the
//! gate's, and the gate's answer into its own form.

mod envoy;
mod forwarded_certificate;
mod json;

use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Request, Response, StatusCode};
use keystead_aws::error::{Fault, Result};
use keystead_gate::Gate;
use keystead_gate::ring::Verifier;
use std::sync::Arc;

use crate::route::{Connection, HttpResponse, whole};

/// The header that carries a verifier's token.
const VERIFIER: &str = "x-keystead-verifier";

/// Answers whatever stands below `/verify/`.
pub(crate) async fn answer(gate: &Gate, request: Request<Incoming>, connection: &Connection) -> HttpResponse {
    let path = request.uri().path();
    if path == "/verify/v1" {
        json::answer(gate, request, connection).await
    } else if path.starts_with(envoy::PREFIX) {
        envoy::answer(gate, request, connection).await
    } else {
        let mut response = Response::new(whole(bytes::Bytes::new()));
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    }
}

/// The verifier whose token a question carries.
fn verifier_of(gate: &Gate, headers: &HeaderMap) -> Result<Arc<Verifier>> {
    let mut tokens = headers.get_all(VERIFIER).iter();
    let token = tokens.next().and_then(|value| value.to_str().ok());
    // A second one would be a client's, passed on by a proxy that adds its own without removing others.
    if tokens.next().is_some() {
        return Err(Fault::MissingAuthenticationToken);
    }
    gate.find_verifier(token)
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN)
}
