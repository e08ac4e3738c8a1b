//! The way out: calls signed by our own signer, and documents that tenants gave the address of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, InvalidHeaderValue};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use keystead_aws::sigv4::Signer;
use keystead_core::Timestamp;
use keystead_gate::outgoing::{NoAnswer, Outgoing, PlainCall, SignedAnswer, SignedCall};
use rustls::ClientConfig;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::fetch::{Fetcher, Resolver, check_literal};
use crate::outgoing::{SendError, no_answer, sign, tls_config};

/// How long a connection is kept for the next call.
const IDLE: Duration = Duration::from_secs(20);
const CONTENT_HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");

type Pool = legacy::Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// The way out over HTTP.
pub struct QueryClient {
    runtime: Runtime,
    /// For addresses that anybody may have given: https, and nothing inside the operator's network.
    guarded: Pool,
    /// For addresses that the operator named.
    trusting: Pool,
    timeout: Duration,
    fetcher: Fetcher,
}

/// Whom to trust, and how long to wait.
#[derive(Clone, Debug)]
pub struct OutgoingSettings {
    /// Addresses of documents that the operator has named: they may be inside its network.
    pub named: Vec<String>,
    /// A file of certificates in PEM to trust for documents, besides those of the system.
    pub fetch_ca_file: Option<PathBuf>,
    /// A file of certificates in PEM to trust for clouds, besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a call may take from first to last.
    pub timeout: Duration,
}

impl QueryClient {
    /// Makes a client; nothing is opened yet.
    pub fn new(settings: &OutgoingSettings) -> Result<Arc<Self>, SendError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("outgoing")
            .enable_all()
            .build()
            .map_err(|error| SendError::Refused(error.to_string()))?;
        let tls = tls_config(settings.ca_file.as_deref())?;
        let fetcher = Fetcher::new(tls_config(settings.fetch_ca_file.as_deref())?, &settings.named)?;
        let pool = |anywhere| pool(tls.clone(), Resolver { anywhere }, settings.connect_timeout);
        Ok(Arc::new(Self {
            runtime,
            guarded: pool(false),
            trusting: pool(true),
            timeout: settings.timeout,
            fetcher,
        }))
    }

    fn exchange(&self, call: &SignedCall<'_>) -> Result<Response<Bytes>, SendError> {
        let mut request = request(call.method, call.url, call.body, call.named)?;
        let mut insert = |name, value: &str| insert_header(&mut request, name, value);
        if !call.body.is_empty() {
            insert(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")?;
        }
        // S3 alone wants to be told what it will get.
        if call.service == "s3" {
            insert(CONTENT_HASH, &hex::encode(Sha256::digest(call.body)))?;
        }
        let signer = Signer {
            access_key_id: call.access_key_id,
            secret: call.secret.expose(),
            session_token: call.session_token.map(|token| token.expose().as_str()),
            region: call.region,
            service: call.service,
        };
        sign(&mut request, &signer, call.now)?;
        self.answer_of(request, call.named, call.answer_max)
    }

    fn exchange_plain(&self, call: &PlainCall<'_>) -> Result<Response<Bytes>, SendError> {
        let mut request = request(call.method, call.url, call.body, call.named)?;
        for (name, value) in call.headers {
            let name = HeaderName::try_from(*name).map_err(|error| SendError::Refused(error.to_string()))?;
            insert_header(&mut request, name, value)?;
        }
        self.answer_of(request, call.named, call.answer_max)
    }

    /// The whole answer to a request.
    fn answer_of(
        &self,
        request: Request<Bytes>,
        named: bool,
        answer_max: usize,
    ) -> Result<Response<Bytes>, SendError> {
        let pool = if named { &self.trusting } else { &self.guarded };
        let answer = pool.request(request.map(Full::new));
        let whole = async {
            let (head, body) = answer.await.map_err(|error| no_answer(&error))?.into_parts();
            let body = Limited::new(body, answer_max).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    SendError::TooLarge(answer_max)
                } else {
                    SendError::BrokenOff(error.to_string())
                }
            })?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        let limit = self.timeout;
        self.runtime.block_on(async {
            tokio::time::timeout(limit, whole).await.unwrap_or(Err(SendError::TimedOut(limit)))
        })
    }
}

/// A request without headers, where its address is one that may be asked.
fn request(method: &str, url: &str, body: &str, named: bool) -> Result<Request<Bytes>, SendError> {
    let request = Request::builder()
        .method(method)
        .uri(url)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .map_err(|error| SendError::Refused(error.to_string()))?;
    let refused = |why: &dyn std::fmt::Display| SendError::Refused(format!("{url} {why}"));
    if !named {
        if request.uri().scheme_str() != Some("https") {
            return Err(refused(&"is no https address"));
        }
        check_literal(request.uri()).map_err(|error| refused(&error))?;
    }
    Ok(request)
}

fn insert_header(request: &mut Request<Bytes>, name: HeaderName, value: &str) -> Result<(), SendError> {
    let mut value: HeaderValue =
        value.parse().map_err(|error: InvalidHeaderValue| SendError::Refused(error.to_string()))?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}

fn pool(tls: ClientConfig, resolver: Resolver, connect_timeout: Duration) -> Pool {
    let mut connector = HttpConnector::new_with_resolver(resolver);
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(connect_timeout));
    connector.set_nodelay(true);
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
    legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .build(https.wrap_connector(connector))
}

impl Outgoing for QueryClient {
    fn send(&self, call: &SignedCall<'_>) -> Result<SignedAnswer, NoAnswer> {
        answered(self.exchange(call))
    }

    fn call(&self, call: &PlainCall<'_>) -> Result<SignedAnswer, NoAnswer> {
        answered(self.exchange_plain(call))
    }

    fn pause(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    fn get(&self, url: &str) -> Result<Vec<u8>, NoAnswer> {
        self.fetcher.get(url).map(Into::into).map_err(|error| NoAnswer(error.to_string()))
    }
}

fn answered(outcome: Result<Response<Bytes>, SendError>) -> Result<SignedAnswer, NoAnswer> {
    let response = outcome.map_err(|error| NoAnswer(error.to_string()))?;
    let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
    let date = date.and_then(Timestamp::parse_http_date);
    let status = response.status().as_u16();
    Ok(SignedAnswer { status, body: response.into_body().into(), date })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use keystead_core::SecretString;

    use super::*;

    /// Sends a call to an address; what is said where nothing came back.
    fn send(url: &str, named: bool) -> Option<String> {
        let limit = Duration::from_millis(500);
        let client = QueryClient::new(&OutgoingSettings {
            named: Vec::new(),
            fetch_ca_file: None,
            ca_file: None,
            connect_timeout: limit,
            timeout: limit,
        })
        .unwrap();
        let call = SignedCall {
            method: "POST",
            url,
            service: "sts",
            region: "us-east-1",
            access_key_id: "AKIAIOSFODNN7EXAMPLE",
            secret: &SecretString::new("secret".to_owned()),
            session_token: None,
            body: "Action=GetCallerIdentity",
            answer_max: 1024,
            named,
            now: Timestamp::from_secs(1_412_951_871),
        };
        client.send(&call).err().map(|none| none.0)
    }

    #[test]
    fn a_call_that_nobody_named_the_address_of_stays_outside() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "10.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
        ] {
            let said = send(&format!("https://{host}:{port}/"), false).unwrap();
            assert!(said.contains("not public"), "{host}: {said}");
            let said = send(&format!("http://{host}:{port}/"), false).unwrap();
            assert!(said.contains("is no https address"), "{host}: {said}");
        }
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "nobody came");
        let said = send(&format!("http://127.0.0.1:{port}/"), true).unwrap();
        assert!(said.contains("0.5") || said.contains("500"), "it came and was not answered: {said}");
        assert!(listener.accept().is_ok());
    }
}
