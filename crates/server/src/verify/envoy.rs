//! `/verify/envoy/…`: Envoy's HTTP external authorization. Envoy sends the client's method, headers, raw path
//! and query below this prefix, and passes a refusal's body on to the client.
//!
//! Source: Envoy documentation, extensions.filters.http.ext_authz.v3.ExtAuthz, `http_service`.

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response};
use keystead_aws::error::{Fault, Result, Wire};
use keystead_aws::sigv4::{self, Payload};
use keystead_aws::{model, xml};
use keystead_core::rng::uuid;
use keystead_gate::Gate;
use keystead_gate::dispatch::header;
use keystead_gate::ring::{Fingerprint, Verifier};
use keystead_gate::verify::{Facts, Question};

use super::{VERIFIER, forwarded_certificate, status, verifier_of};
use crate::route::{Connection, Headers, HttpResponse, read_verify_body, whole};

pub(super) const PREFIX: &str = "/verify/envoy";

pub(super) async fn answer(gate: &Gate, request: Request<Incoming>, connection: &Connection) -> HttpResponse {
    let (head, body) = request.into_parts();
    let verdict = match verifier_of(gate, &head.headers) {
        Ok(verifier) => match read_verify_body(body).await {
            Ok(body) => {
                let headers = client_headers(&head.headers);
                let path = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
                let request = sigv4::Request {
                    method: head.method.as_str(),
                    path: if path.is_empty() { "/" } else { path },
                    query: head.uri.query().unwrap_or_default(),
                    headers: &headers,
                };
                let ask = |certificate| {
                    let question = Question {
                        request,
                        payload: payload(&headers, &body),
                        forwarded_source: forwarded_source(&headers),
                        certificate,
                        source: &connection.source,
                        now: gate.clock().now(),
                    };
                    gate.verify(&verifier, &question).and_then(|facts| allow(&facts))
                };
                certificate(&verifier, &head.headers).and_then(ask)
            }
            Err(fault) => Err(fault),
        },
        Err(fault) => Err(fault),
    };
    verdict.unwrap_or_else(|fault| deny(&fault.wire(), &head.headers, &uuid(&**gate.rng())))
}

/// What the client sent, without what Envoy added for us.
fn client_headers(headers: &HeaderMap) -> Headers<'_> {
    let sent = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    sent.filter(|(name, _)| *name != VERIFIER).collect()
}

/// Envoy forwards the body only where it is told to, and says so when it cut it.
fn payload<'a>(headers: &Headers<'_>, body: &'a [u8]) -> Payload<'a> {
    let partial = header(headers, "x-envoy-auth-partial-body") == Some("true");
    if partial || body.is_empty() { Payload::NotForwarded } else { Payload::Body(body) }
}

/// The certificate by which the connection to Envoy was opened. Two headers are one too many: Envoy makes one.
fn certificate(verifier: &Verifier, headers: &HeaderMap) -> Result<Option<Fingerprint>> {
    let mut values = headers.get_all(forwarded_certificate::HEADER).iter();
    let value = values.next().filter(|_| verifier.trusts_certificates && values.next().is_none());
    value.and_then(|value| value.to_str().ok()).map_or(Ok(None), forwarded_certificate::read)
}

/// Envoy appends the address of its client to `x-forwarded-for`; what stands before came from the client.
fn forwarded_source<'a>(headers: &Headers<'a>) -> Option<&'a str> {
    header(headers, "x-forwarded-for")?.rsplit(',').next().map(str::trim)
}

fn allow(facts: &Facts<'_>) -> Result<HttpResponse> {
    let mut response = Response::new(whole(Bytes::new()));
    let headers = response.headers_mut();
    headers.reserve(FACTS.len());
    let by = facts.by;
    let values = [
        facts.principal.account.to_string(),
        facts.arn().to_string(),
        facts.user_id(),
        by.access_key().map(|id| id.to_string()).unwrap_or_default(),
        by.certificate().map(|id| id.to_string()).unwrap_or_default(),
        facts.service.to_owned(),
        facts.region.to_owned(),
    ];
    for (name, value) in FACTS.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
        headers.insert(name, HeaderValue::try_from(value).map_err(Fault::internal)?);
    }
    Ok(response)
}

/// The headers an allowed request is given, made once: their names would else be parsed for every reply.
static FACTS: [HeaderName; 7] = [
    HeaderName::from_static("x-keystead-account-id"),
    HeaderName::from_static("x-keystead-arn"),
    HeaderName::from_static("x-keystead-user-id"),
    HeaderName::from_static("x-keystead-access-key-id"),
    HeaderName::from_static("x-keystead-certificate-id"),
    HeaderName::from_static("x-keystead-service"),
    HeaderName::from_static("x-keystead-region"),
];

/// The refusal, in the form the client's own protocol reads errors in.
fn deny(wire: &Wire, headers: &HeaderMap, request_id: &str) -> HttpResponse {
    let asked = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (content_type, body) = if asked.starts_with("application/x-amz-json") {
        let body = serde_json::json!({"__type": wire.code, "message": wire.message}).to_string();
        ("application/x-amz-json-1.0", body.into_bytes())
    } else {
        ("text/xml", xml::write_error(model::IAM.xmlns, wire, request_id))
    };
    let mut response = Response::new(whole(body));
    *response.status_mut() = status(wire.status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}
