//! Operations of the REST API: a JSON object in, a JSON object out, `application/problem+json` on failure.
//!
//! The route table is made from the operations themselves, so what is routed, authorized and documented
//! cannot drift apart. Path, query string and body are taken together as one object, and a member may come
//! from one of them only.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, Wire};
use keystead_aws::percent_decode;
use keystead_aws::query::Params;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::audit;
use crate::authenticate::{Asked, Authenticated};
use crate::authorize::authorize;
use crate::context::Context;
use crate::dispatch::{Admission, Execution, Format, RawRequest, Reply};
use crate::gate::Gate;
use crate::openapi::{self, Document};
use crate::operation::{Handler, Kind, Operation};

/// The service name of Keystead's own operations, in scopes and policies.
pub const SERVICE: &str = "keystead";

/// Method and path of a REST operation; `{name}` in the path becomes a member of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Path below the listener's root.
    pub path: &'static str,
}

/// Who a REST operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Users and root users, by signature.
    Principals,
    /// Enrolled consumers, by token.
    Consumers,
    /// Enrolled workloads, by token.
    Workloads,
    /// Whoever brings a token that names the account, as member `token`; the operation looks whether it is good.
    Bearers,
}

/// What a REST operation adds to [`Operation`].
pub trait RestOperation: Operation<Input: DeserializeOwned + ToSchema, Output: Serialize + ToSchema> {
    /// Where it stands.
    const ROUTE: Route;
    /// Who may call it.
    const AUDIENCE: Audience = Audience::Principals;
}

/// The input of a list that needs nothing else: where to begin.
#[derive(Debug, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// `next` of the page before.
    pub after: Option<String>,
}

/// How many items a page of a list has at most.
pub const PAGE: usize = 100;

/// Where the page after a full one begins: at the name of its last item.
pub fn next_page<T>(found: &[T], name: impl Fn(&T) -> String) -> Option<String> {
    found.last().filter(|_| found.len() == PAGE).map(name)
}

/// An operation behind the REST API, and what its file says of it.
pub struct Json<O>(pub O, pub &'static str);

impl Route {
    /// The members a path gives, where it is this route's.
    fn matches(&self, method: &str, path: &str) -> Option<Members> {
        let (mut ours, mut theirs) = (self.path.split('/'), path.split('/'));
        let mut members = Vec::new();
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return (self.method == method).then_some(members),
                (Some(pattern), Some(segment)) => {
                    match pattern.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                        Some(name) => members.push((name, read_member(segment)?)),
                        None if pattern == segment => {}
                        None => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

/// What a segment of a path says, decoded. Nothing that is named in a path has a slash or a control character in it.
fn read_member(segment: &str) -> Option<String> {
    let member = percent_decode(&segment.replace('+', "%2B"));
    let is_name = !member.is_empty() && !member.contains(|letter: char| letter == '/' || letter.is_control());
    is_name.then_some(member)
}

impl Gate {
    /// Takes a request of the REST API.
    pub fn admit_json(self: &Arc<Self>, raw: &RawRequest<'_>) -> Admission {
        self.admit_rest(raw).unwrap_or_else(|fault| {
            self.auditor.unauthenticated(&fault);
            Admission::Done(Format::Json.fault(&fault, &raw.request_id))
        })
    }

    fn admit_rest(self: &Arc<Self>, raw: &RawRequest<'_>) -> Result<Admission> {
        if (raw.method, raw.path) == ("GET", openapi::PATH) {
            let body = self.openapi()?.to_vec();
            return Ok(Admission::Done(Reply::json(body, raw.request_id.clone())));
        }
        let Some((handler, members)) = self.find_route(raw.method, raw.path) else {
            return Err(Fault::NoSuchEntity(format!("There is no {} {} in this API.", raw.method, raw.path)));
        };
        let asked = take_together(raw, members)?;
        let request = match handler.audience() {
            Audience::Principals => self.authenticate_json(raw, asked)?,
            Audience::Consumers => self.authenticate_consumer(raw, asked)?,
            Audience::Workloads => self.authenticate_workload(raw, asked)?,
            Audience::Bearers => self.admit_bearer(raw, asked)?,
        };
        Ok(handler.admit(self, request))
    }

    fn find_route(&self, method: &str, path: &str) -> Option<(&'static dyn Handler, Members)> {
        self.handlers.iter().find_map(|handler| Some((*handler, handler.route()?.matches(method, path)?)))
    }

    /// The operation at a path for principals, and its input with what the path gives; none where there is none.
    pub(crate) fn route(
        &self,
        method: &str,
        path: &str,
        input: Value,
    ) -> Result<Option<(&'static dyn Handler, Value)>> {
        let Some((handler, members)) = self.find_route(method, path) else { return Ok(None) };
        if handler.audience() != Audience::Principals {
            return Ok(None);
        }
        let Value::Object(mut object) = input else {
            return Err(Fault::internal("an operation was not given an object"));
        };
        for (name, value) in members {
            object.insert(name.to_owned(), Value::String(value));
        }
        Ok(Some((handler, Value::Object(object))))
    }
}

/// What a path gives: members of the input, and their values.
type Members = Vec<(&'static str, String)>;

/// One object of body, query string and path.
fn take_together(raw: &RawRequest<'_>, members: Members) -> Result<Value> {
    let mut object = if raw.body.is_empty() {
        Map::new()
    } else {
        match serde_json::from_slice(raw.body) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(Fault::ValidationError("The body must be a JSON object.".to_owned())),
            Err(error) => {
                return Err(Fault::ValidationError(format!("The body is not valid JSON: {error}.")));
            }
        }
    };
    let query = Params::parse(raw.query)?.without_credentials();
    let given = query.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (name, value) in given.chain(members.into_iter().map(|(name, value)| (name.to_owned(), value))) {
        if object.insert(name.clone(), Value::String(value)).is_some() {
            return Err(Fault::ValidationError(format!("`{name}` is given twice.")));
        }
    }
    Ok(Value::Object(object))
}

/// A fault as RFC 9457 writes it, with the code in `type` and `code`.
pub(crate) fn write_problem(wire: &Wire, request_id: &str) -> Vec<u8> {
    let mut problem = json!({
        "type": format!("https://keystead.dev/errors/{}", wire.code),
        "title": wire.code,
        "code": wire.code,
        "status": wire.status,
        "detail": wire.message,
        "request_id": request_id,
    });
    if let Some(message) = &wire.authorization_message {
        problem["encoded_authorization_message"] = Value::from(&**message);
    }
    problem.to_string().into_bytes()
}

/// A reply outside any operation, for listeners.
pub fn problem(fault: &Fault, request_id: &str) -> Reply {
    Format::Json.fault(fault, request_id)
}

impl<O: RestOperation> Json<O> {
    fn authorized(cx: &Context, asked: Asked) -> Result<Execution<O>> {
        let Asked::Json(value) = asked else {
            return Err(Fault::internal("a REST operation was asked in the Query protocol"));
        };
        let parameters = audit::json_parameters(&value);
        let input: O::Input = serde_path_to_error::deserialize(value).map_err(|error| misfit(&error))?;
        if O::NEEDS_PERMISSION {
            let action = format!("{SERVICE}:{}", O::NAME);
            authorize(cx, &action, &O::resource(cx, &input)?, &O::context_keys(cx, &input))?;
        }
        Ok(Execution {
            cx: cx.clone(),
            input,
            parameters,
            service: SERVICE,
            format: Format::Json,
            render: |output, _| serde_json::to_vec(output).map_err(Fault::internal),
            content_type: "application/json",
        })
    }
}

impl<O: RestOperation> Handler for Json<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn kind(&self) -> Kind {
        O::KIND
    }

    fn route(&self) -> Option<Route> {
        Some(O::ROUTE)
    }

    fn audience(&self) -> Audience {
        O::AUDIENCE
    }

    fn describe(&self, document: &mut Document) -> Result<()> {
        document.add::<O>(self.1)
    }

    fn admit(&self, gate: &Arc<Gate>, request: Authenticated) -> Admission {
        let cx = Context::new(gate, request.caller, request.now);
        match Self::authorized(&cx, request.asked) {
            Ok(execution) => execution.admission(),
            Err(fault) => {
                gate.auditor.finished(&cx, SERVICE, O::NAME, Some(&fault));
                Admission::Done(Format::Json.fault(&fault, &cx.caller.request_id))
            }
        }
    }
}

/// What is said of input that does not fit: which member and what it should be, never what it was, because a
/// secret in the wrong place would go from there into the audit.
fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let told = error.inner().to_string();
    let expected = told.find("expected ").and_then(|at| told.get(at..)).unwrap_or(&told);
    let member = match error.path().to_string().as_str() {
        "." => String::new(),
        path => format!(" in {path}"),
    };
    Fault::ValidationError(format!("The input is not right{member}: {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_gives_its_members() {
        let route = Route { method: "POST", path: "/api/v1/rotations/{rotation_id}/approve" };
        assert_eq!(
            route.matches("POST", "/api/v1/rotations/r-1/approve"),
            Some(vec![("rotation_id", "r-1".to_owned())])
        );
        assert_eq!(
            route.matches("POST", "/api/v1/rotations/cloud%3Aa+b%2Bc/approve"),
            Some(vec![("rotation_id", "cloud:a+b+c".to_owned())])
        );
        for (method, path) in [
            ("GET", "/api/v1/rotations/r-1/approve"),
            ("POST", "/api/v1/rotations//approve"),
            ("POST", "/api/v1/rotations/a%2Fb/approve"),
            ("POST", "/api/v1/rotations/a%00/approve"),
            ("POST", "/api/v1/rotations/r-1/approve/"),
            ("POST", "/api/v1/rotations/r-1"),
        ] {
            assert_eq!(route.matches(method, path), None, "{method} {path}");
        }
    }
}
