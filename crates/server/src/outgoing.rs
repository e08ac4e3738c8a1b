//! Outgoing HTTP and HTTPS, for code that is not asynchronous: the command line's calls to a server, and a
//! rotation's calls to an endpoint elsewhere.
//!
//! No redirect is followed, because a signature is for one host, and no connection is kept, because a
//! failure must never be that of a connection that had died before. Every failure says whether the request
//! may have had an effect all the same: whoever repeats one needs to know.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{HOST, HeaderName, HeaderValue, InvalidHeaderValue};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use keystead_aws::sigv4::Signer;
use keystead_core::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Runtime;

/// The largest answer that is read, in bytes.
pub const ANSWER_MAX: usize = 8 * 1024 * 1024;

/// How to reach others.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a request may take from first to last.
    pub timeout: Duration,
    /// A file of certificates in PEM to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The request cannot be sent as it is, or what it needs cannot be read.
    Refused(String),
    /// No connection came about.
    Unreachable(String),
    /// The connection ended before the answer did.
    BrokenOff(String),
    /// There was no whole answer in time.
    TimedOut(Duration),
    /// The answer is larger than this, in bytes.
    TooLarge(usize),
}

impl SendError {
    /// Whether the request may have been carried out all the same.
    pub fn may_have_had_effect(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Unreachable(_) => false,
            Self::BrokenOff(_) | Self::TimedOut(_) | Self::TooLarge(_) => true,
        }
    }
}

impl std::fmt::Display for SendError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(text) | Self::Unreachable(text) => f.write_str(text),
            Self::BrokenOff(text) => write!(f, "the connection broke off: {text}"),
            Self::TimedOut(limit) => write!(f, "there was no answer within {} s", limit.as_secs_f32()),
            Self::TooLarge(limit) => write!(f, "the answer is larger than {} MiB", limit / 1024 / 1024),
        }
    }
}

impl Error for SendError {}

type Http<C> = legacy::Client<C, Full<Bytes>>;

/// A client. It has a runtime of its own, so it is to be used on threads that may block.
pub struct Client {
    runtime: Runtime,
    connector: HttpConnector,
    plain: Http<HttpConnector>,
    /// Made at the first HTTPS request: reading the system's certificates takes longer than most requests.
    secure: OnceLock<Http<HttpsConnector<HttpConnector>>>,
    settings: ClientSettings,
}

impl Client {
    /// Makes a client; nothing is read or opened yet.
    pub fn new(settings: ClientSettings) -> Result<Self, SendError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SendError::Refused(error.to_string()))?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(settings.connect_timeout));
        connector.set_nodelay(true);
        let plain = keep_nothing(connector.clone());
        Ok(Self { runtime, connector, plain, secure: OnceLock::new(), settings })
    }

    /// Sends a request with an absolute address and waits for the whole answer.
    pub fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let request = request.map(Full::new);
        let answer = match request.uri().scheme_str() {
            Some("http") => self.plain.request(request),
            Some("https") => self.secure()?.request(request),
            _ => {
                return Err(SendError::Refused(format!("{} is not an http or https address", request.uri())));
            }
        };
        let limit = self.settings.timeout;
        let whole = async {
            let (head, body) = answer.await.map_err(|error| no_answer(&error))?.into_parts();
            let body = Limited::new(body, ANSWER_MAX).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    SendError::TooLarge(ANSWER_MAX)
                } else {
                    SendError::BrokenOff(cause(&*error))
                }
            })?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        self.runtime.block_on(async {
            tokio::time::timeout(limit, whole).await.unwrap_or(Err(SendError::TimedOut(limit)))
        })
    }

    fn secure(&self) -> Result<&Http<HttpsConnector<HttpConnector>>, SendError> {
        if let Some(made) = self.secure.get() {
            return Ok(made);
        }
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config(self.settings.ca_file.as_deref())?)
            .https_only()
            .enable_http1()
            .wrap_connector(self.connector.clone());
        Ok(self.secure.get_or_init(|| keep_nothing(https)))
    }
}

/// Whom to trust: the system's certificates, and those of a file besides.
pub(crate) fn tls_config(ca_file: Option<&Path>) -> Result<ClientConfig, SendError> {
    let mut roots = RootCertStore::empty();
    // One that cannot be read is no reason to refuse what the others vouch for.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let refused = |error: &dyn Error| SendError::Refused(format!("{}: {error}", path.display()));
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| refused(&error))? {
            let certificate = certificate.map_err(|error| refused(&error))?;
            roots.add(certificate).map_err(|error| refused(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SendError::Refused(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

pub(crate) fn keep_nothing<C>(connector: C) -> Http<C>
where
    C: legacy::connect::Connect + Clone,
{
    legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

/// Signs a request for its host, with all headers it has so far.
pub fn sign(request: &mut Request<Bytes>, signer: &Signer<'_>, now: Timestamp) -> Result<(), SendError> {
    let host = HeaderValue::from_str(&host_of(request.uri())).map_err(|error| unfit(&error))?;
    request.headers_mut().insert(HOST, host);
    let mut signed = Vec::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        let value = value.to_str().map_err(|error| SendError::Refused(error.to_string()))?;
        signed.push((name.as_str(), value));
    }
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    let added = signer.sign(request.method().as_str(), uri.path(), query, &signed, request.body(), now);
    for (name, value) in added {
        let name = HeaderName::try_from(name).map_err(|error| SendError::Refused(error.to_string()))?;
        let mut value = HeaderValue::try_from(value).map_err(|error| unfit(&error))?;
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
    Ok(())
}

/// The Host header of an address: the port stands there unless it is the scheme's own.
fn host_of(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    match (uri.scheme_str(), uri.port_u16()) {
        (_, None) | (Some("http"), Some(80)) | (Some("https"), Some(443)) => host.to_owned(),
        (_, Some(port)) => format!("{host}:{port}"),
    }
}

fn unfit(error: &InvalidHeaderValue) -> SendError {
    SendError::Refused(format!("the request cannot be signed: {error}"))
}

pub(crate) fn no_answer(error: &legacy::Error) -> SendError {
    if error.is_connect() { SendError::Unreachable(cause(error)) } else { SendError::BrokenOff(cause(error)) }
}

/// What lies at the bottom of an error: the layers above it only say where it happened.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use keystead_aws::sigv4::{self, Payload};

    use super::*;

    fn client() -> Client {
        let limit = Duration::from_millis(500);
        Client::new(ClientSettings { connect_timeout: limit, timeout: limit, ca_file: None }).unwrap()
    }

    /// The outcome of a request to a server that answers one with `answer`, and that request's head.
    fn answered(answer: &'static [u8]) -> (Result<Response<Bytes>, SendError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/path", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).unwrap();
            let _ = stream.write_all(answer);
            if answer.ends_with(b"...") {
                // Waits until the client has given up.
                let _ = stream.read(&mut [0]);
            }
            String::from_utf8_lossy(&head[..length]).into_owned()
        });
        let outcome = client().send(Request::get(url).body(Bytes::new()).unwrap());
        (outcome, server.join().unwrap())
    }

    #[test]
    fn an_answer_is_read_whole_and_a_redirect_is_not_followed() {
        let (outcome, head) =
            answered(b"HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 2\r\n\r\nok");
        let answer = outcome.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (302, &b"ok"[..]));
        assert!(head.starts_with("GET /path HTTP/1.1\r\n"), "{head}");
    }

    #[test]
    fn a_failure_tells_whether_the_request_may_have_had_an_effect() {
        let cases: [(&[u8], bool); 4] = [
            (b"", false),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ncut", false),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n...", true),
            (b"...", false),
        ];
        for (answer, is_late) in cases {
            let error = answered(answer).0.unwrap_err();
            assert!(error.may_have_had_effect(), "{error:?}");
            assert!(!is_late || matches!(error, SendError::TimedOut(_)), "{error:?}");
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error =
            client().send(Request::get(format!("http://{free}/")).body(Bytes::new()).unwrap()).unwrap_err();
        assert!(matches!(error, SendError::Unreachable(_)), "{error:?}");
        assert!(!error.may_have_had_effect());
    }

    #[test]
    fn an_answer_beyond_the_limit_is_refused() {
        let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        answer.resize(ANSWER_MAX + 100, b'x');
        assert_eq!(answered(answer.leak()).0.unwrap_err(), SendError::TooLarge(ANSWER_MAX));
    }

    #[test]
    fn a_signed_request_verifies_with_the_same_secret_only() {
        let mut request = Request::post("https://keystead.example:7360/api/v1/x?after=a%20b")
            .header("content-type", "application/json")
            .body(Bytes::from_static(b"{}"))
            .unwrap();
        let signer = Signer {
            access_key_id: "AKIAIOSFODNN7EXAMPLE",
            secret: "secret",
            session_token: None,
            region: "us-east-1",
            service: "keystead",
        };
        sign(&mut request, &signer, Timestamp::from_secs(1_412_951_871)).unwrap();
        assert_eq!(request.headers()[HOST], "keystead.example:7360");
        let headers: Vec<_> = request.headers().iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
        let received = sigv4::Request {
            method: "POST",
            path: request.uri().path(),
            query: request.uri().query().unwrap(),
            headers: &headers,
        };
        let presented = sigv4::read(&received).unwrap();
        for (secret, is_right) in [("secret", true), ("other", false)] {
            let key = sigv4::SigningKey::derive(secret, presented.date, presented.region, presented.service);
            let outcome = sigv4::verify(&received, &presented, &Payload::Body(request.body()), &key);
            assert_eq!(outcome.is_ok(), is_right);
        }
    }
}
