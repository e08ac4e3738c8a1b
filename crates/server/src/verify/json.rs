//! `POST /verify/v1`: the question as a JSON object, for services that check requests themselves.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response};
use keystead_aws::error::{Fault, Result};
use keystead_aws::sigv4::{self, Payload};
use keystead_gate::Gate;
use keystead_gate::client_certificate::{read_hash, read_pem};
use keystead_gate::ring::Fingerprint;
use keystead_gate::verify::{Facts, Question};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use super::{status, verifier_of};
use crate::route::{Connection, Headers, HttpResponse, read_verify_body, whole};

/// A signed request as the asking service received it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    /// As received, undecoded.
    #[serde(borrow)]
    path: Cow<'a, str>,
    /// As received, without `?`.
    #[serde(borrow, default)]
    query: Cow<'a, str>,
    #[serde(borrow)]
    headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The body; left out where the service does not have it, so that a signed `x-amz-content-sha256`
    /// stands for it.
    #[serde(borrow, default)]
    body_base64: Option<Cow<'a, str>>,
    /// The client's address as the service saw it.
    #[serde(borrow, default)]
    source_address: Option<Cow<'a, str>>,
    /// The certificate that the client proved by TLS to have, in PEM, where the request has no signature.
    #[serde(borrow, default)]
    certificate: Option<Cow<'a, str>>,
    /// The same by the SHA-256 of its DER form in hexadecimal digits.
    #[serde(borrow, default)]
    certificate_sha256: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Allowed<'a> {
    allowed: bool,
    account_id: String,
    arn: String,
    user_id: String,
    /// With which key, where it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
    /// With which certificate, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_id: Option<String>,
    service: &'a str,
    region: &'a str,
}

#[derive(Serialize)]
struct Denied<'a> {
    allowed: bool,
    code: &'a str,
    message: Option<&'a str>,
}

pub(super) async fn answer(gate: &Gate, request: Request<Incoming>, connection: &Connection) -> HttpResponse {
    let (head, body) = request.into_parts();
    let verdict = match (verifier_of(gate, &head.headers), head.method.as_str()) {
        (Ok(verifier), "POST") => match read_verify_body(body).await {
            Ok(body) => ask(&body, |question| {
                let facts = gate.verify(
                    &verifier,
                    &Question { source: &connection.source, now: gate.clock().now(), ..question },
                )?;
                write_allowed(&facts)
            }),
            Err(fault) => Err(fault),
        },
        (Ok(_), _) => Err(Fault::InvalidInput("Ask with a POST.".to_owned())),
        (Err(fault), _) => Err(fault),
    };
    let (code, body) = match verdict {
        Ok(body) => (200, body),
        Err(fault) => write_denied(&fault),
    };
    let mut response = Response::new(whole(body));
    *response.status_mut() = status(code);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Reads the question and hands it to `verify`, which fills in what the connection knows.
fn ask(body: &[u8], verify: impl FnOnce(Question<'_>) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let mut asked: Asked<'_> = serde_json::from_slice(body)
        .map_err(|error| Fault::ValidationError(format!("The question is not right: {error}.")))?;
    for (name, _) in &mut asked.headers {
        if name.bytes().any(|b| b.is_ascii_uppercase()) {
            name.to_mut().make_ascii_lowercase();
        }
    }
    let headers: Headers<'_> =
        asked.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
    let body = asked.body_base64.as_deref().map(|text| STANDARD.decode(text)).transpose();
    let body = body.map_err(|_| Fault::ValidationError("`body_base64` is not base64.".to_owned()))?;
    verify(Question {
        request: sigv4::Request {
            method: &asked.method,
            path: &asked.path,
            query: &asked.query,
            headers: &headers,
        },
        payload: body.as_deref().map_or(Payload::NotForwarded, Payload::Body),
        forwarded_source: asked.source_address.as_deref(),
        certificate: certificate(&asked)?,
        source: "",
        now: keystead_core::Timestamp::default(),
    })
}

fn certificate(asked: &Asked<'_>) -> Result<Option<Fingerprint>> {
    match (&asked.certificate, &asked.certificate_sha256) {
        (Some(_), Some(_)) => {
            Err(Fault::ValidationError("Give `certificate` or `certificate_sha256`, not both.".to_owned()))
        }
        (Some(pem), None) => read_pem(pem).map(Some),
        (None, Some(digits)) => read_hash(digits).map(Some),
        (None, None) => Ok(None),
    }
}

fn write_allowed(facts: &Facts<'_>) -> Result<Vec<u8>> {
    let allowed = Allowed {
        allowed: true,
        account_id: facts.principal.account.to_string(),
        arn: facts.arn().to_string(),
        user_id: facts.user_id(),
        access_key_id: facts.by.access_key().map(|id| id.to_string()),
        certificate_id: facts.by.certificate().map(|id| id.to_string()),
        service: facts.service,
        region: facts.region,
    };
    serde_json::to_vec(&allowed).map_err(Fault::internal)
}

fn write_denied(fault: &Fault) -> (u16, Vec<u8>) {
    let wire = fault.wire();
    let denied = Denied { allowed: false, code: wire.code, message: wire.message.as_deref() };
    (wire.status, serde_json::to_vec(&denied).unwrap_or_default())
}
