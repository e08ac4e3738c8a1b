//! What an account publishes as an issuer, for anybody to verify its tokens with: its configuration and keys.

use std::sync::Arc;

use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};
use keystead_authority::issuer;
use keystead_aws::error::Fault;
use keystead_core::rng::uuid;
use keystead_gate::Gate;

use crate::route::{HttpResponse, whole, write};

/// Where the addresses of issuers begin.
pub(crate) const PATH: &str = "/oidc/";

/// Answers a request below [`PATH`]. The documents of an issuer never change, so they may be kept for a while.
pub(crate) fn answer(gate: &Arc<Gate>, method: &Method, path: &str) -> HttpResponse {
    let asked = path.strip_prefix(PATH).and_then(|rest| rest.split_once('/'));
    let found = match asked {
        Some((id, document)) if method == Method::GET => read(gate, id, document),
        _ => Ok(None),
    };
    let missing = || Fault::NoSuchEntity("There is nothing at this path.".to_owned());
    match found.and_then(|found| found.ok_or_else(missing)) {
        Ok(document) => {
            let mut response = Response::new(whole(document));
            *response.status_mut() = StatusCode::OK;
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
            response
        }
        Err(fault) => write(keystead_gate::json::problem(&fault, &uuid(&**gate.rng()))),
    }
}

/// Reads from the store, which this thread may wait for only where it is embedded.
fn read(gate: &Gate, id: &str, document: &str) -> Result<Option<String>, Fault> {
    let read = || issuer::published(gate.store(), gate.origin(), id, document);
    if gate.store().is_embedded() { read() } else { tokio::task::block_in_place(read) }
}
