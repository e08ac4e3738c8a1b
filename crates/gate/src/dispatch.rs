//! A request's whole way: parse, authenticate, find the operation, authorize, prepare, commit, audit, render.
//!
//! [`Gate::admit_query`] and [`Gate::admit_json`] do everything that memory alone can answer and hand back
//! either a finished reply or a job; the server decides on which thread the job's preparation and transaction
//! run.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::{self, Service};
use keystead_aws::query::{BODY_BYTES_MAX, Params};
use keystead_aws::sigv4::Request;
use keystead_aws::xml;
use keystead_core::Timestamp;

use crate::authenticate::Identity;
use crate::context::Context;
use crate::gate::Gate;
use crate::operation::{Kind, Operation};
use crate::{audit, json, replay};

/// A request as it came over the connection.
pub struct RawRequest<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path as received, undecoded, without the query string.
    pub path: &'a str,
    /// Query string as received, without `?`.
    pub query: &'a str,
    /// Headers in the order received, names in lower case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The whole body.
    pub body: &'a [u8],
    /// Address of the other end, without port.
    pub source: &'a str,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// This request's id.
    pub request_id: String,
    /// The instant of this request.
    pub now: Timestamp,
}

impl<'a> RawRequest<'a> {
    /// The part a signature covers.
    pub(crate) fn signed_part(&self) -> Request<'a> {
        Request { method: self.method, path: self.path, query: self.query, headers: self.headers }
    }

    /// Whether it brings credentials, right or wrong.
    fn is_signed(&self) -> bool {
        self.header("authorization").is_some() || self.query.contains("X-Amz-")
    }

    /// The first header of that name, where it is text.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.headers, name)
    }
}

/// The first header of that name (lower case), where it is text.
pub fn header<'a>(headers: &[(&'a str, &'a [u8])], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| *n == name).and_then(|(_, value)| std::str::from_utf8(value).ok())
}

/// A finished reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// The request's id, for `x-amzn-RequestId`.
    pub request_id: String,
    /// How long to wait before trying again, in milliseconds, for `x-amz-retry-after`.
    pub retry_after_ms: Option<u32>,
    /// What a denial rests on, sealed, for `x-keystead-authorization-message`.
    pub authorization_message: Option<Box<str>>,
}

impl Reply {
    /// An answer in JSON.
    pub(crate) fn json(body: Vec<u8>, request_id: String) -> Self {
        Self {
            status: 200,
            content_type: "application/json",
            body,
            request_id,
            retry_after_ms: None,
            authorization_message: None,
        }
    }
}

/// What is left to do after admission.
pub type Job = Box<dyn FnOnce() -> Reply + Send>;

/// The outcome of admission.
pub enum Admission {
    /// Answered already.
    Done(Reply),
    /// A transaction is left to run.
    Run {
        /// Whether it may wait, for the disk or for somebody else.
        waits: bool,
        /// The transaction and what follows it.
        job: Job,
    },
}

impl Admission {
    /// Runs what is left on this thread.
    pub fn finish(self) -> Reply {
        match self {
            Self::Done(reply) => reply,
            Self::Run { job, .. } => job(),
        }
    }
}

/// How replies of one request are written.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// XML of the Query protocol.
    Xml(&'static Service),
    /// JSON of the REST API.
    Json,
}

impl Format {
    /// Writes a fault; a failure of ours is logged here, with its source.
    pub(crate) fn fault(self, fault: &Fault, request_id: &str) -> Reply {
        if let Fault::Internal(source) = fault {
            tracing::error!(request_id, error = source.0, "an operation failed");
        }
        let wire = fault.wire();
        let (content_type, body) = match self {
            Self::Xml(service) => ("text/xml", xml::write_error(service.xmlns, &wire, request_id)),
            Self::Json => ("application/problem+json", json::write_problem(&wire, request_id)),
        };
        // Signatures are dated in whole seconds: after one, the same request is signed differently.
        let retry_after_ms = matches!(fault, Fault::Throttling(_)).then_some(1000);
        let request_id = request_id.to_owned();
        let authorization_message = wire.authorization_message;
        Reply { status: wire.status, content_type, body, request_id, retry_after_ms, authorization_message }
    }
}

/// A refusal in the Query API's form, for listeners whose request never became one.
pub fn query_error(fault: &Fault, request_id: &str) -> Reply {
    Format::Xml(&model::IAM).fault(fault, request_id)
}

/// The longest body, in bytes, from somebody who shows no key that is known here: reading a body comes before
/// checking its signature, and strangers are not to fill the memory.
const STRANGERS_BODY_MAX: usize = 64 * 1024;

impl Gate {
    /// The longest body, in bytes, that is read of a request with this `Authorization` header.
    pub fn body_limit(&self, authorization: Option<&str>) -> usize {
        let shown = authorization.and_then(|value| value.split_once("Credential=")?.1.split('/').next());
        let key = shown.and_then(|id| self.ring.find_key(id.parse().ok()?));
        if key.is_some_and(|key| key.is_active()) { BODY_BYTES_MAX } else { STRANGERS_BODY_MAX }
    }

    /// Takes a request of the Query API: `POST /`, or `GET /?Action=…` presigned.
    pub fn admit_query(self: &Arc<Self>, raw: &RawRequest<'_>) -> Admission {
        let limit = self.body_limit(raw.header("authorization"));
        let params = if raw.body.len() > limit {
            Err(Fault::RequestEntityTooLarge { limit })
        } else {
            read_params(raw)
        };
        let (service, admitted) = match params {
            Ok(params) => {
                let service = service_of(&params);
                (service, self.admit_params(raw, params, service))
            }
            Err(fault) => (&model::IAM, Err(fault)),
        };
        admitted.unwrap_or_else(|fault| {
            self.auditor.unauthenticated(&fault);
            Admission::Done(Format::Xml(service).fault(&fault, &raw.request_id))
        })
    }

    fn admit_params(
        self: &Arc<Self>,
        raw: &RawRequest<'_>,
        params: Params,
        service: &'static Service,
    ) -> Result<Admission> {
        let action = params.action().map(str::to_owned);
        let version = Some(params.version()).filter(|v| !v.is_empty()).unwrap_or(service.version).to_owned();
        let handler = action.as_ref().ok().filter(|_| version == service.version).and_then(|action| {
            self.handlers.iter().find(|h| h.name() == action && h.service() == service.name)
        });
        let knows = |action: &str| version == service.version && service.has(action);
        let request = match handler {
            Some(handler) if handler.takes_strangers() && !raw.is_signed() => {
                // Whoever names no account here is as unknown as one whose key is.
                let account = params.get("RoleArn").and_then(keystead_core::arn::account_of);
                let account = account.filter(|account| self.ring.is_account_open(*account));
                self.admit_stranger(raw, account.ok_or(Fault::MissingAuthenticationToken)?, params)
            }
            // Some of what is not supported is never signed; its callers are to know why it fails.
            None if !raw.is_signed() && action.as_ref().is_ok_and(|action| knows(action)) => {
                return Err(Fault::InvalidAction { action: action?, version, known: true });
            }
            _ => self.authenticate_query(raw, service.name, params)?,
        };
        let action = action?;
        let Some(handler) = handler else {
            let known = knows(&action);
            return Err(Fault::InvalidAction { action, version, known });
        };
        Ok(handler.admit(self, request))
    }
}

/// The parameters of a Query request: the body of a POST, or the query string of a presigned GET.
fn read_params(raw: &RawRequest<'_>) -> Result<Params> {
    match raw.method {
        "POST" => {
            let form = raw.header("content-type").is_some_and(|value| {
                let essence = value.split(';').next().unwrap_or_default().trim();
                essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
            if !form {
                return Err(Fault::MalformedQueryString(
                    "The content type of a request must be application/x-www-form-urlencoded.".to_owned(),
                ));
            }
            if !Params::parse(raw.query)?.without_credentials().is_empty() {
                return Err(Fault::MalformedQueryString(
                    "The parameters of a POST belong in its body, not in the query string.".to_owned(),
                ));
            }
            Params::parse(raw.body)
        }
        "GET" if raw.body.is_empty() => Ok(Params::parse(raw.query)?.without_credentials()),
        _ => Err(Fault::MalformedQueryString("Send a POST, or a presigned GET without a body.".to_owned())),
    }
}

/// IAM and STS share an address; the version tells them apart, and without one the action.
fn service_of(params: &Params) -> &'static Service {
    let sts = match params.version() {
        "" => params.action().is_ok_and(|action| model::STS.has(action)),
        version => version == model::STS.version,
    };
    if sts { &model::STS } else { &model::IAM }
}

/// An operation ready to run, and how to write what comes of it.
pub(crate) struct Execution<O: Operation> {
    pub(crate) cx: Context,
    pub(crate) input: O::Input,
    /// What was asked, for the audit, without secrets.
    pub(crate) parameters: serde_json::Value,
    pub(crate) service: &'static str,
    pub(crate) format: Format,
    pub(crate) render: fn(&O::Output, &str) -> Result<Vec<u8>>,
    pub(crate) content_type: &'static str,
}

impl<O: Operation> Execution<O> {
    /// Turns this into what is left to do.
    pub(crate) fn admission(self) -> Admission {
        Admission::Run { waits: O::WAITS || O::KIND == Kind::Write, job: Box::new(move || self.run()) }
    }

    fn run(self) -> Reply {
        self.record_action();
        let (format, content_type, cx) = (self.format, self.content_type, self.cx.clone());
        let request_id = cx.caller.request_id.to_string();
        let service = self.service;
        let outcome = match O::KIND {
            Kind::Read => self.read(),
            Kind::Write => self.write(),
        };
        if O::KIND == Kind::Read || outcome.is_err() {
            cx.gate().auditor.finished(&cx, service, O::NAME, outcome.as_ref().err());
        }
        match outcome {
            Ok(body) => Reply {
                status: 200,
                content_type,
                body,
                request_id,
                retry_after_ms: None,
                authorization_message: None,
            },
            Err(fault) => format.fault(&fault, &request_id),
        }
    }

    /// Records that whoever asks takes this action.
    fn record_action(&self) {
        if let Identity::Key { principal, region, .. } = &self.cx.caller.identity {
            let accesses = self.cx.gate().accesses();
            accesses.record(principal, self.service, O::NAME, region, self.cx.now);
        }
    }

    fn read(self) -> Result<Vec<u8>> {
        let prepared = O::prepare(&self.cx, self.input)?;
        let output = self.cx.gate().store.read(|tx| O::commit(tx, &self.cx, &prepared))?;
        (self.render)(&output, &self.cx.caller.request_id)
    }

    fn write(self) -> Result<Vec<u8>> {
        let Self { cx, input, parameters, service, render, .. } = self;
        if let Some(answer) = replay::find_answer(&cx)? {
            return Ok(answer);
        }
        let prepared = O::prepare(&cx, input)?;
        let command = replay::command(&cx)?;
        let inside = cx.clone();
        let written = cx.gate().store.write(command, move |tx| {
            let output = O::commit(tx, &inside, &prepared)?;
            let body = render(&output, &inside.caller.request_id)?;
            audit::insert_event(tx, &inside, service, O::NAME, &parameters)?;
            replay::keep_reply(tx, &body, O::REVEALS_SECRET)?;
            Ok(body)
        });
        match written {
            Err(replay::Failure::Replayed) => replay::answer(&cx),
            Err(replay::Failure::Fault(fault)) => Err(fault),
            Ok(body) => Ok(body),
        }
    }
}
