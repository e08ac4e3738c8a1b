//! Signed calls to AWS's JSON services, for targets that are kept there.

use keystead_aws::error::RemoteFault;
use keystead_aws::sigv4::Signer;
use keystead_core::SecretString;
use keystead_gate::Gate;
use serde_json::Value;

use super::{failed, http};
use crate::machine::Failure;

/// Where the service is, and with which key it is asked.
#[derive(Clone, Copy)]
pub(super) struct Reach<'a> {
    pub(super) region: &'a str,
    pub(super) access_key_id: &'a str,
    /// Where the service answers, if not at AWS.
    pub(super) url: Option<&'a str>,
}

/// What a call came to that did not fail.
pub(super) enum Reply {
    Done(Value),
    /// What was asked for is not there.
    Absent,
}

/// A service as it is asked here.
pub(super) struct Service<'a> {
    pub(super) gate: &'a Gate,
    pub(super) reach: Reach<'a>,
    pub(super) secret: &'a SecretString,
    /// The name it is signed for and policies call it by.
    pub(super) name: &'static str,
    /// What stands before the action in the header that names it.
    pub(super) target: &'static str,
}

impl Reach<'_> {
    pub(super) fn check(self, gate: &Gate) -> Result<(), String> {
        let is_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.region.is_empty() || !self.region.chars().all(is_region) {
            return Err("`region` is a region's name, for example eu-west-1".to_owned());
        }
        self.url.map_or(Ok(()), |url| http::check_url(gate, url))
    }
}

impl Service<'_> {
    /// Asks for `action`.
    pub(super) fn call(&self, action: &str, body: &Value) -> Result<Reply, Failure> {
        let domain = if self.reach.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let aws = || format!("https://{}.{}.{domain}", self.name, self.reach.region);
        let origin = self.reach.url.map_or_else(aws, str::to_owned);
        let url = format!("{}/", origin.trim_end_matches('/'));
        let uri: ::http::Uri = url.parse().map_err(|_| failed(format!("{url} is no address")))?;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let target = format!("{}.{action}", self.target);
        let headers =
            [("host", &*host), ("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &*target)];
        let signer = Signer {
            access_key_id: self.reach.access_key_id,
            secret: self.secret.expose(),
            session_token: None,
            region: self.reach.region,
            service: self.name,
        };
        let body = body.to_string();
        let added = signer.sign("POST", uri.path(), "", &headers, body.as_bytes(), self.gate.clock().now());
        let all: Vec<_> =
            headers.into_iter().chain(added.iter().map(|(name, value)| (&**name, &**value))).collect();
        let answer = http::call(self.gate, "POST", &url, &all, &body)?;
        let reply = answer.json();
        if answer.status == 200 {
            Ok(Reply::Done(reply))
        } else {
            self.refusal(action, answer.status, &reply)
        }
    }

    fn refusal(&self, action: &str, status: u16, reply: &Value) -> Result<Reply, Failure> {
        // The code stands behind the name of its shape, where the service is old.
        let code =
            http::at(reply, &["__type"]).as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default();
        Err(match RemoteFault::of(status, code) {
            RemoteFault::NotFound => return Ok(Reply::Absent),
            RemoteFault::Throttled => Failure::Throttled,
            RemoteFault::Denied => Failure::Denied { action: format!("{}:{action}", self.name) },
            RemoteFault::NotAccepted => {
                failed(format!("{} does not accept {} as its key", self.name, self.reach.access_key_id))
            }
            _ if status >= 500 => Failure::Unavailable,
            _ => failed(format!("{}:{action} was answered {status} {}", self.name, name_of(code))),
        })
    }
}

/// The code of an error, or nothing where it is longer or stranger than a name: what was sent could be in it.
fn name_of(code: &str) -> &str {
    let is_name = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { code } else { "" }
}
