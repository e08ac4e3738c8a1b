//! A request for a page: who asks, what for, and the operations that answer.

use std::sync::Arc;

use keystead_core::{Timestamp, rng};
use keystead_gate::console::{Call, Visit, Visitor};
use keystead_gate::{Gate, RawRequest, Reply};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::Refusal;
use super::look::{self, Look};

/// Names and values of a query string or a form, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of a field without the blanks around it; empty where it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value of a field as it was sent: for passwords and secrets.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The value of a field that says something.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// Whether a box was ticked or a button pressed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(of, _)| of == name)
    }

    /// All values of a field.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.trim())
    }
}

/// A request that came through the door.
pub(crate) struct Request {
    pub(crate) gate: Arc<Gate>,
    /// Whoever is signed in, the one that acts.
    pub(crate) visitor: Option<Visitor>,
    /// Tokens of everybody who is signed in with this browser, the one that acts first.
    pub(crate) tokens: Vec<String>,
    /// All cookies the browser sent.
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) visit: Visit,
    /// Which of the installation's hosts the browser shows.
    pub(crate) host: String,
    /// `GET` or `POST`.
    pub(crate) is_post: bool,
    /// Path below `/console`, its segments decoded.
    pub(crate) segments: Vec<String>,
    /// Path and query as they were sent.
    pub(crate) address: String,
    pub(crate) query: Fields,
    pub(crate) form: Fields,
    /// Whether htmx asks, for a part of the page.
    pub(crate) partial: bool,
}

impl Request {
    /// The instant of this request.
    pub(crate) fn now(&self) -> Timestamp {
        self.visit.now
    }

    /// The site as browsers tell sites apart: whether by TLS, and its host.
    pub(crate) fn site(&self) -> (bool, &str) {
        (self.visit.secure, &self.host)
    }

    /// Whoever is signed in. Pages behind the door are asked for by nobody else.
    pub(crate) fn visitor(&self) -> Result<&Visitor, Refusal> {
        self.visitor.as_ref().ok_or_else(|| Refusal {
            status: 403,
            code: "NotSignedIn".to_owned(),
            message: "Sign in first.".to_owned(),
        })
    }

    /// Asks an operation of IAM or STS and gives what its result holds.
    pub(crate) fn query(&self, action: &str, given: &[(&str, &str)]) -> Result<Value, Refusal> {
        let pairs: Vec<_> =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.query_pairs(action, &pairs)
    }

    /// The same with names that were put together.
    pub(crate) fn query_pairs(&self, action: &str, pairs: &[(String, String)]) -> Result<Value, Refusal> {
        self.query_as(self.visitor()?, action, pairs)
    }

    /// The same in the name of somebody who is not signed in yet.
    pub(crate) fn query_as(
        &self,
        visitor: &Visitor,
        action: &str,
        pairs: &[(String, String)],
    ) -> Result<Value, Refusal> {
        let reply = self.gate.call(visitor, &self.visit, Call::Query(action, pairs));
        let read = look::read_xml(&reply.body).unwrap_or_default();
        if reply.status == 200 {
            return Ok(read.at(&format!("{action}Result")).clone());
        }
        let error = read.at("Error");
        Err(Refusal { status: reply.status, code: error.text("Code"), message: ended(error.text("Message")) })
    }

    /// All pages of a list of IAM, `member` being its list, up to 1,000 entries.
    pub(crate) fn query_all(
        &self,
        action: &str,
        given: &[(&str, &str)],
        member: &str,
    ) -> Result<Vec<Value>, Refusal> {
        let mut found = Vec::new();
        let mut marker = String::new();
        while found.len() < 1_000 {
            let mut asked = given.to_vec();
            if !marker.is_empty() {
                asked.push(("Marker", &marker));
            }
            let answer = self.query(action, &asked)?;
            found.extend_from_slice(answer.list(member));
            match answer.find("Marker").filter(|_| answer.is("IsTruncated")) {
                Some(next) => marker = next,
                None => break,
            }
        }
        Ok(found)
    }

    /// Asks an operation of the REST API.
    pub(crate) fn rest(&self, method: &str, path: &str, input: Value) -> Result<Value, Refusal> {
        let reply = self.gate.call(self.visitor()?, &self.visit, Call::Rest { method, path, input });
        read_json(&reply)
    }

    /// Asks an operation of the REST API that only reads.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Refusal> {
        self.rest("GET", path, json!({}))
    }

    /// Asks an operation of the REST API that takes whoever brings a token among its input, signed in or not.
    pub(crate) fn bear(&self, path: &str, input: &Value) -> Result<Value, Refusal> {
        let body = input.to_string();
        let reply = self.gate.admit_json(&RawRequest {
            method: "POST",
            path,
            query: "",
            headers: &[],
            body: body.as_bytes(),
            source: &self.visit.source,
            secure: self.visit.secure,
            request_id: rng::uuid(&**self.gate.rng()),
            now: self.now(),
        });
        read_json(&reply.finish())
    }

    /// The token that a form sent by this session holds, so that no other site can send one.
    pub(crate) fn form_token(&self) -> String {
        let Some(token) = self.tokens.first().filter(|_| self.visitor.is_some()) else {
            return String::new();
        };
        let mut digest = Sha256::new();
        digest.update("form\0");
        digest.update(token);
        hex::encode(&digest.finalize()[..16])
    }

    /// A fresh name for a form, so that sending it twice has one effect.
    pub(crate) fn new_once(&self) -> String {
        rng::uuid(&**self.gate.rng())
    }
}

fn read_json(reply: &Reply) -> Result<Value, Refusal> {
    let read: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if reply.status == 200 {
        return Ok(read);
    }
    Err(Refusal { status: reply.status, code: read.text("code"), message: ended(read.text("detail")) })
}

/// AWS's messages end as they like; on a page a sentence ends with a full stop.
fn ended(message: String) -> String {
    if message.is_empty() || message.ends_with(['.', '?', '!']) { message } else { format!("{message}.") }
}
