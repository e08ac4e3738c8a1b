//! The container credentials endpoint and the stand-in for the instance metadata service, on loopback.
//!
//! Both answer from memory. What SDKs ask and how they read the answer is in the AWS SDKs and Tools Reference Guide
//! ("Container credential provider", "IMDS credential provider"). Version 1 of the metadata service, which asks for no
//! token, is not there: any program that can be made to fetch an address could ask it.

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use keystead_core::rng::BASE62;
use keystead_core::{Clock, Rng, SecretString, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::keeper::{Holding, Table, find};
use crate::clock::SystemClock;
use crate::failure::{Failure, Kind};
use crate::random::SystemRng;

const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const TOKEN_TTL: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How long a token of the metadata service may be good, in seconds.
const TTL_MAX: u64 = 21_600;
const CONNECTIONS_MAX: usize = 1_000;
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const CONTAINER: &str = "/v1/creds/";
const ROLES: &str = "/latest/meta-data/iam/security-credentials";

/// What an address answers as.
pub(crate) enum Face {
    /// The container credentials endpoint, for all consumers that have one.
    Container,
    /// The metadata service, for one consumer.
    Imds(String, Tokens),
}

/// The tokens of a metadata service: each says until when it is good, and is signed, so that one outlives a restart.
#[derive(Clone)]
pub(crate) struct Tokens(SecretString);

/// What is answered.
enum Answer {
    Json(StatusCode, Value),
    Text(String),
    Token(String, u64),
}

/// Serves connections until it is dropped.
pub(crate) async fn serve(listener: TcpListener, face: Face, table: Table) {
    let (face, places) = (Arc::new(face), Arc::new(Semaphore::new(CONNECTIONS_MAX)));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, or the client is gone already: the next may do better.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (face, table) = (Arc::clone(&face), Arc::clone(&table));
        let service = service_fn(move |request: Request<Incoming>| {
            let (parts, _) = request.into_parts();
            let response = face.answer(&parts, &table, SystemClock.now()).into_response();
            async move { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            // A connection that is kept would be one that an agent that has died had.
            http.keep_alive(false)
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(64 * 1024);
            // A connection that breaks off concerns nobody but its client.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

impl Face {
    fn answer(&self, request: &Parts, table: &Table, now: Timestamp) -> Answer {
        // A page in a browser that has its name lead here sends that name.
        if !is_loopback(&request.headers) {
            return Answer::refused(StatusCode::MISDIRECTED_REQUEST, "Ask for an address of loopback.");
        }
        match self {
            Self::Container => container(request, table, now),
            Self::Imds(name, tokens) => imds(request, find(table, name).as_deref(), tokens, now),
        }
    }
}

fn container(request: &Parts, table: &Table, now: Timestamp) -> Answer {
    if request.method != Method::GET {
        return Answer::refused(StatusCode::METHOD_NOT_ALLOWED, "Ask by GET.");
    }
    let holding = request.uri.path().strip_prefix(CONTAINER).and_then(|name| find(table, name));
    let settings = holding.as_ref().and_then(|holding| holding.settings.container.as_ref());
    let given = request.headers.get(AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    // The file is what counts at this moment: whoever replaces it need tell nobody.
    let wanted =
        settings.map(|container| std::fs::read(&container.authorization_token_file).unwrap_or_default());
    let is_right = wanted.is_some_and(|wanted| !wanted.is_empty() && bool::from(wanted.ct_eq(given)));
    match holding {
        Some(holding) if is_right => credentials(holding.held().and_then(|held| held.for_container(now))),
        // Who has no right to ask learns no names.
        _ => Answer::refused(
            StatusCode::FORBIDDEN,
            "The Authorization header is not what the consumer's file says.",
        ),
    }
}

fn imds(request: &Parts, holding: Option<&Holding>, tokens: &Tokens, now: Timestamp) -> Answer {
    if request.headers.contains_key(FORWARDED_FOR) {
        return Answer::refused(StatusCode::FORBIDDEN, "This is not for others than this machine.");
    }
    let path = request.uri.path();
    let header = |name: &HeaderName| request.headers.get(name).and_then(|value| value.to_str().ok());
    if request.method == Method::PUT && path == "/latest/api/token" {
        let ttl =
            header(&TOKEN_TTL).and_then(|ttl| ttl.parse().ok()).filter(|ttl| (1..=TTL_MAX).contains(ttl));
        return match ttl.map(|ttl| (tokens.make(Duration::from_secs(ttl), now), ttl)) {
            Some((token, ttl)) => Answer::Token(token, ttl),
            None => Answer::refused(StatusCode::BAD_REQUEST, "Say for how many seconds, 1 to 21600."),
        };
    }
    if !header(&TOKEN).is_some_and(|token| tokens.is_good(token, now)) {
        return Answer::refused(StatusCode::UNAUTHORIZED, "Get a token first: PUT /latest/api/token.");
    }
    let (Some(holding), &Method::GET) = (holding, &request.method) else {
        return Answer::refused(StatusCode::NOT_FOUND, "There is nothing here.");
    };
    match path.strip_prefix(ROLES) {
        Some("" | "/") => Answer::Text(holding.settings.name.clone()),
        Some(role) if role.strip_prefix('/') == Some(holding.settings.name.as_str()) => {
            credentials(holding.held().and_then(|held| held.for_imds(now)))
        }
        _ => Answer::refused(StatusCode::NOT_FOUND, "There is nothing here."),
    }
}

fn credentials(answer: Option<Value>) -> Answer {
    match answer {
        Some(answer) => Answer::Json(StatusCode::OK, answer),
        None => Answer::refused(StatusCode::SERVICE_UNAVAILABLE, "Keystead has not answered yet."),
    }
}

/// Whether the Host header names this machine itself.
fn is_loopback(headers: &HeaderMap) -> bool {
    let uri = headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Uri>().ok());
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || literal.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Tokens {
    /// Tokens signed with this key.
    pub(crate) fn new(key: SecretString) -> Self {
        Self(key)
    }

    fn make(&self, lasts: Duration, now: Timestamp) -> String {
        let until = now.plus(lasts).secs();
        let mac = self.mac(until).map(|mac| hex::encode(mac.finalize().into_bytes()));
        format!("{until}.{}", mac.unwrap_or_default())
    }

    fn is_good(&self, token: &str, now: Timestamp) -> bool {
        let read = token.split_once('.').and_then(|(until, given)| {
            let until = until.parse().ok().filter(|until| *until > now.secs())?;
            self.mac(until)?.verify_slice(&hex::decode(given).ok()?).ok()
        });
        read.is_some()
    }

    fn mac(&self, until: i64) -> Option<Hmac<Sha256>> {
        let mac = Hmac::new_from_slice(self.0.expose().as_bytes()).ok()?;
        Some(mac.chain_update(until.to_be_bytes()))
    }
}

impl Answer {
    /// A refusal, its members in both spellings that SDKs look for.
    fn refused(status: StatusCode, message: &str) -> Self {
        let code = status.canonical_reason().unwrap_or_default().replace(' ', "");
        Self::Json(status, json!({ "Code": code, "Message": message, "code": code, "message": message }))
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let (status, kind, body, ttl) = match self {
            Self::Json(status, value) => (status, "application/json", value.to_string(), None),
            Self::Text(text) => (StatusCode::OK, "text/plain", text, None),
            Self::Token(token, ttl) => (StatusCode::OK, "text/plain", token, Some(ttl)),
        };
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(ttl) = ttl {
            headers.insert(TOKEN_TTL, ttl.into());
        }
        response
    }
}

/// What a file says that is private to this agent, or to it and an SDK: random, and made where there is no file. It has
/// no line break at its end, which some SDKs would send along and others refuse.
pub(crate) fn random_text(path: &Path) -> Result<SecretString, Failure> {
    let failed = |reason: &dyn std::fmt::Display| {
        Failure::new(Kind::Local, format!("The file {} cannot be used: {reason}.", path.display()))
    };
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let token = SystemRng.text(43, BASE62);
            let written = file.write_all(token.as_bytes()).and_then(|()| file.sync_all());
            return written.map(|()| token.into()).map_err(|error| failed(&error));
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(&error)),
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(failed(
            &"it is empty, or has spaces or a line break, which SDKs refuse; delete it, and it is made anew",
        ));
    }
    Ok(text.into())
}
