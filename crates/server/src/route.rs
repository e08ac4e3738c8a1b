//! Which path is whose, and how a request of hyper's becomes one of the gate's.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::{Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use keystead_aws::error::Fault;
use keystead_core::rng::uuid;
use keystead_gate::{Admission, Gate, RawRequest, Reply};
use smallvec::SmallVec;
use tokio::sync::mpsc;

use crate::console::Console;
use crate::leaks::Leaks;
use crate::listener::source_of;
use crate::{hand_over, issuer, verify};

/// The largest body a verifier may forward, in bytes.
const VERIFY_BODY_MAX: usize = 1024 * 1024;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The name of the header that carries a request's id, as AWS spells it in lower case.
const AUTHORIZATION_MESSAGE: HeaderName = HeaderName::from_static("x-keystead-authorization-message");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// How long to wait before trying again, in milliseconds; SDKs honour it.
const RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");

/// A finished HTTP response.
pub type HttpResponse = Response<Body>;

/// What a response holds: something whole, or something that goes on.
pub type Body = Either<Full<Bytes>, Live>;

/// A response under way: what comes through a channel, until it is closed.
pub struct Live(pub(crate) mpsc::Receiver<Bytes>);

impl hyper::body::Body for Live {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|next| next.map(|part| Ok(Frame::data(part))))
    }
}

/// A body that is whole.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Either::Left(Full::new(bytes.into()))
}

/// What is known of a connection.
pub struct Connection {
    /// Address of the other end.
    pub source: String,
    /// Whether it is encrypted, here or by the proxy in front.
    pub secure: bool,
}

impl Connection {
    pub(crate) fn new(peer: IpAddr, secure: bool) -> Self {
        Self { source: source_of(peer), secure }
    }
}

/// Something that answers requests of one listener.
pub(crate) trait Answer: Send + Sync + 'static {
    /// Answers one request; never fails, only answers so.
    fn answer(
        &self,
        request: Request<Incoming>,
        connection: &Connection,
    ) -> impl Future<Output = HttpResponse> + Send;
}

/// The main listener: Query API, REST API, verification and console.
pub(crate) struct Routes {
    pub(crate) gate: Arc<Gate>,
    pub(crate) leaks: Leaks,
    pub(crate) console: Console,
}

/// Borrowed headers in the form the gate takes: names in lower case, values as bytes.
pub(crate) type Headers<'a> = SmallVec<[(&'a str, &'a [u8]); 24]>;

pub(crate) fn borrow_headers(headers: &HeaderMap) -> Headers<'_> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
}

impl Answer for Routes {
    async fn answer(&self, request: Request<Incoming>, connection: &Connection) -> HttpResponse {
        let path = request.uri().path();
        if path.starts_with("/verify/") {
            return verify::answer(&self.gate, request, connection).await;
        }
        if Console::takes(path) {
            return self.console.answer(request, connection).await;
        }
        if path.starts_with(issuer::PATH) {
            return issuer::answer(&self.gate, request.method(), path);
        }
        if let Some(asked) = hand_over::asked(request.method(), path) {
            return self.hand_over(&asked, &request, connection).await;
        }
        let rest = path.starts_with("/api/");
        if path != "/" && !rest {
            let fault = Fault::NoSuchEntity("There is nothing at this path.".to_owned());
            return write(keystead_gate::json::problem(&fault, &uuid(&**self.gate.rng())));
        }
        if Leaks::takes(&request) {
            return self.leaks.answer(&self.gate, request, connection).await;
        }
        let (head, body) = request.into_parts();
        let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let body = match read_body(body, self.gate.body_limit(authorization)).await {
            Ok(body) => body,
            Err(fault) => {
                let request_id = uuid(&**self.gate.rng());
                let refuse =
                    if rest { keystead_gate::json::problem } else { keystead_gate::dispatch::query_error };
                return write(refuse(&fault, &request_id));
            }
        };
        let admission = {
            let headers = borrow_headers(&head.headers);
            let raw = RawRequest {
                method: head.method.as_str(),
                path: head.uri.path(),
                query: head.uri.query().unwrap_or_default(),
                headers: &headers,
                body: &body,
                source: &connection.source,
                secure: connection.secure,
                request_id: uuid(&**self.gate.rng()),
                now: self.gate.clock().now(),
            };
            self.admit(&raw, rest)
        };
        write(self.finish(admission).await)
    }
}

impl Routes {
    /// The page of a hand-over: the API is asked on behalf of whoever opened it.
    async fn hand_over(
        &self,
        asked: &hand_over::Asked,
        request: &Request<Incoming>,
        connection: &Connection,
    ) -> HttpResponse {
        let admission = {
            let headers = borrow_headers(request.headers());
            let raw = RawRequest {
                method: "POST",
                path: asked.path,
                query: "",
                headers: &headers,
                body: asked.body.as_bytes(),
                source: &connection.source,
                secure: connection.secure,
                request_id: uuid(&**self.gate.rng()),
                now: self.gate.clock().now(),
            };
            self.admit(&raw, true)
        };
        hand_over::page(asked, &self.finish(admission).await)
    }

    /// Most is answered from memory; but consumers' tokens, and the paths of what signs nothing, are in the store
    /// only, which this thread may wait for only where it is embedded.
    fn admit(&self, raw: &RawRequest<'_>, rest: bool) -> Admission {
        let admit = || if rest { self.gate.admit_json(raw) } else { self.gate.admit_query(raw) };
        if self.gate.store().is_embedded() { admit() } else { tokio::task::block_in_place(admit) }
    }

    /// Runs what is left to do where it may wait: a read of the embedded store answers from the page cache
    /// in microseconds and stays on this thread; everything else goes to a thread that may block.
    async fn finish(&self, admission: Admission) -> Reply {
        match admission {
            Admission::Done(reply) => reply,
            Admission::Run { waits: false, job } if self.gate.store().is_embedded() => job(),
            Admission::Run { job, .. } => match tokio::task::spawn_blocking(job).await {
                Ok(reply) => reply,
                Err(error) => {
                    keystead_gate::json::problem(&Fault::internal(error), &uuid(&**self.gate.rng()))
                }
            },
        }
    }
}

/// The whole body, or a fault where it is larger than `limit` or breaks off.
pub(crate) async fn read_body(body: Incoming, limit: usize) -> Result<Bytes, Fault> {
    let whole = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect());
    let Ok(whole) = whole.await else {
        return Err(Fault::MalformedQueryString("The body did not arrive in time.".to_owned()));
    };
    match whole {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(Fault::RequestEntityTooLarge { limit })
        }
        Err(error) => Err(Fault::MalformedQueryString(format!("The body could not be read: {error}."))),
    }
}

/// The body of a question to `/verify`.
pub(crate) async fn read_verify_body(body: Incoming) -> Result<Bytes, Fault> {
    read_body(body, VERIFY_BODY_MAX).await
}

pub(crate) fn write(reply: Reply) -> HttpResponse {
    let mut response = Response::new(whole(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if let Ok(id) = HeaderValue::from_str(&reply.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(wait_ms) = reply.retry_after_ms {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait_ms));
    }
    let message = reply.authorization_message.and_then(|message| HeaderValue::from_str(&message).ok());
    headers.extend(message.map(|message| (AUTHORIZATION_MESSAGE, message)));
    response
}
