//! The connection of client commands to a server: where it is, as whom, and what its answers mean.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request, Response, Uri};
use keystead_aws::percent_encode;
use keystead_aws::sigv4::Signer;
use keystead_core::rng::uuid;
use keystead_core::{Clock, SecretString};
use keystead_server::outgoing::{self, Client, ClientSettings, SendError};
use serde_json::{Value, json};

use crate::clock::SystemClock;
use crate::environment;
use crate::failure::{Failure, Kind};
use crate::random::SystemRng;

/// The region of the credential scope; Keystead has no regions.
const REGION: &str = "us-east-1";
/// The service name of Keystead's own operations.
const SERVICE: &str = "keystead";
/// Names a command as the AWS SDKs name a call; signed along, it makes the signature this command's own.
const INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than anything takes that a command asks for.
const TIMEOUT: Duration = Duration::from_mins(1);
/// SDKs give up on a credential process after as little as five seconds.
const CONSUMER_TIMEOUT: Duration = Duration::from_secs(2);

/// Where a server is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Remote {
    /// The server's address.
    #[arg(long, env = "KEYSTEAD_URL", value_name = "URL", default_value = "http://127.0.0.1:7360")]
    pub(crate) url: String,
    /// A file of certificates in PEM to trust besides the system's.
    #[arg(long, env = "KEYSTEAD_CACERT", value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
}

/// A server, and what proves to it who asks.
pub(crate) struct Connection {
    client: Arc<Client>,
    url: String,
    credentials: Credentials,
}

/// What proves who asks.
enum Credentials {
    /// An access key, which signs.
    Key { id: String, secret: SecretString, session_token: Option<String> },
    /// The token of a consumer or a workload.
    Token(SecretString),
    /// Nothing: what proves it is in the request.
    None,
}

impl Remote {
    /// A connection as the owner of the access key in the environment.
    pub(crate) fn connect(&self) -> Result<Connection, Failure> {
        self.connection(find_key(environment::find)?, TIMEOUT)
    }

    /// A connection as the consumer whose token a file holds.
    pub(crate) fn connect_as_consumer(&self, token_file: &Path) -> Result<Connection, Failure> {
        self.connection(read_token(token_file)?, CONSUMER_TIMEOUT)
    }

    /// A connection as the workload whose token a file holds.
    pub(crate) fn connect_as_workload(&self, token_file: &Path) -> Result<Connection, Failure> {
        self.connection(read_token(token_file)?, TIMEOUT)
    }

    /// A connection for requests that bring what proves them.
    pub(crate) fn connect_as_bearer(&self) -> Result<Connection, Failure> {
        self.connection(Credentials::None, TIMEOUT)
    }

    fn connection(&self, credentials: Credentials, timeout: Duration) -> Result<Connection, Failure> {
        let settings = ClientSettings {
            connect_timeout: CONNECT_TIMEOUT.min(timeout),
            timeout,
            ca_file: self.cacert.clone(),
        };
        Ok(Connection { client: Arc::new(Client::new(settings)?), url: base(&self.url)?, credentials })
    }
}

/// The token that a file holds.
fn read_token(token_file: &Path) -> Result<Credentials, Failure> {
    let unusable = |reason: &dyn std::fmt::Display| {
        let file = token_file.display();
        Failure::new(Kind::Local, format!("The token file {file} cannot be used: {reason}."))
    };
    let token = std::fs::read_to_string(token_file).map_err(|error| unusable(&error))?;
    if token.trim().is_empty() {
        return Err(unusable(&"it is empty"));
    }
    Ok(Credentials::Token(token.trim().to_owned().into()))
}

/// The access key to sign with: Keystead's own variables, or else those of the AWS tools.
fn find_key(find: impl Fn(&str) -> Option<String>) -> Result<Credentials, Failure> {
    for prefix in ["KEYSTEAD", "AWS"] {
        let variable = |name: &str| format!("{prefix}_{name}");
        let id = find(&variable("ACCESS_KEY_ID"));
        let secret = find(&variable("SECRET_ACCESS_KEY"));
        match (id, secret) {
            (Some(id), Some(secret)) => {
                let session_token = find(&variable("SESSION_TOKEN"));
                return Ok(Credentials::Key { id, secret: secret.into(), session_token });
            }
            (None, None) => {}
            (id, _) => {
                let missing = if id.is_none() { "ACCESS_KEY_ID" } else { "SECRET_ACCESS_KEY" };
                return Err(Failure::new(
                    Kind::Denied,
                    format!("Half of an access key is set: {} is missing.", variable(missing)),
                ));
            }
        }
    }
    Err(Failure::new(
        Kind::Denied,
        "No access key to sign with. Set KEYSTEAD_ACCESS_KEY_ID and KEYSTEAD_SECRET_ACCESS_KEY, or \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to a key of your user.",
    ))
}

/// An address without a path, without a slash at its end.
fn base(url: &str) -> Result<String, Failure> {
    let wrong = || {
        Failure::new(
            Kind::Usage,
            format!("`{url}` is not the address of a server; one looks like https://keystead.example:7360"),
        )
    };
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    match (uri.scheme_str(), uri.authority(), uri.path(), uri.query()) {
        (Some("http" | "https"), Some(_), "" | "/", None) => Ok(url.trim_end_matches('/').to_owned()),
        _ => Err(wrong()),
    }
}

impl Connection {
    /// Asks for what is at a path.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None)
    }

    /// Sends a JSON object to a path.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body))
    }

    /// Puts a JSON object in the place of what is at a path.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::PUT, path, Some(body))
    }

    /// Deletes what is at a path.
    pub(crate) fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::DELETE, path, None)
    }

    /// All pages of a list, as one object with the one member `name`.
    pub(crate) fn list(&self, path: &str, name: &str) -> Result<Value, Failure> {
        let mut items = Vec::new();
        let mut page = self.get(path)?;
        loop {
            if let Some(list) = page[name].as_array_mut() {
                items.append(list);
            }
            let Some(next) = page["next"].as_str() else { break };
            let and = if path.contains('?') { '&' } else { '?' };
            page = self.get(&format!("{path}{and}after={}", percent_encode(next)))?;
        }
        Ok(json!({ name: items }))
    }

    /// The same server, asked with another access key.
    pub(crate) fn with_key(&self, id: &str, secret: &str) -> Self {
        let credentials =
            Credentials::Key { id: id.to_owned(), secret: secret.to_owned().into(), session_token: None };
        Self { client: Arc::clone(&self.client), url: self.url.clone(), credentials }
    }

    /// The same server, asked with the token of a consumer.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        let credentials = Credentials::Token(token.to_owned().into());
        Self { client: Arc::clone(&self.client), url: self.url.clone(), credentials }
    }

    /// Asks the Query API, as an AWS SDK does that calls itself `app_id`, for something whose answer does not matter.
    pub(crate) fn query(
        &self,
        service: &str,
        parameters: &[(&str, &str)],
        app_id: &str,
    ) -> Result<(), Failure> {
        let pairs: Vec<_> =
            parameters.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
        let mut request = Request::new(Bytes::from(pairs.join("&")));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri("/")?;
        let agent = HeaderValue::try_from(format!("keystead app/{app_id}")).map_err(|_| {
            Failure::new(Kind::Usage, format!("`{app_id}` is not the name of an application."))
        })?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().extend([(CONTENT_TYPE, form), (USER_AGENT, agent)]);
        self.prove(&mut request, service)?;
        let answer = self.client.send(request).map_err(|error| self.no_answer(error, false))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(Failure::from_query_error(answer.status().as_u16(), answer.body()))
    }

    fn uri(&self, path: &str) -> Result<Uri, Failure> {
        let wrong = |_| Failure::new(Kind::Usage, format!("`{path}` is not a path."));
        format!("{}{path}", self.url).parse().map_err(wrong)
    }

    fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let answer = self.send(method, path, body)?;
        let status = answer.status().as_u16();
        let value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        match status {
            200..=299 if !value.is_null() || answer.body().is_empty() => Ok(value),
            200..=399 => Err(Failure::new(
                Kind::Usage,
                format!(
                    "What answers at {} is not a Keystead server: status {status}, and no JSON.",
                    self.url
                ),
            )),
            _ => Err(Failure::from_problem(status, &value)),
        }
    }

    /// Sends a request and gives the answer, whatever it says.
    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Bytes>, Failure> {
        let is_read = method == Method::GET;
        let mut request = Request::new(body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string())));
        *request.method_mut() = method;
        *request.uri_mut() = self.uri(path)?;
        if body.is_some() {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        self.prove(&mut request, SERVICE)?;
        self.client.send(request).map_err(|error| self.no_answer(error, is_read))
    }

    fn no_answer(&self, error: SendError, is_read: bool) -> Failure {
        let doubt = if is_read || !error.may_have_had_effect() {
            ""
        } else {
            " It may have been done all the same: look before you repeat it."
        };
        let failure = Failure::from(error);
        match failure.kind {
            Kind::Unreachable => {
                Failure::new(failure.kind, format!("No answer from {}: {}{doubt}", self.url, failure.text))
            }
            _ => failure,
        }
    }

    fn prove(&self, request: &mut Request<Bytes>, service: &str) -> Result<(), Failure> {
        match &self.credentials {
            Credentials::Key { id, secret, session_token } => {
                let signer = Signer {
                    access_key_id: id,
                    secret: secret.expose(),
                    session_token: session_token.as_deref(),
                    region: REGION,
                    service,
                };
                // Two commands within a second must not look like one that arrives twice.
                let id = HeaderValue::try_from(uuid(&SystemRng)).map_err(|error| {
                    Failure::new(Kind::Local, format!("The request cannot be named: {error}."))
                })?;
                request.headers_mut().insert(INVOCATION_ID, id);
                Ok(outgoing::sign(request, &signer, SystemClock.now())?)
            }
            Credentials::Token(token) => {
                let mut value =
                    HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| {
                        Failure::new(Kind::Local, "The token is not one: it has line breaks within.")
                    })?;
                value.set_sensitive(true);
                request.headers_mut().insert(AUTHORIZATION, value);
                Ok(())
            }
            Credentials::None => Ok(()),
        }
    }
}

/// A name or id as a segment of a path. What cannot stand there as it is cannot be a name either.
pub(crate) fn segment(name: &str) -> Result<&str, Failure> {
    let is_right = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-:".contains(&b);
    if name.is_empty() || name.bytes().all(|b| b == b'.') || !name.bytes().all(is_right) {
        return Err(Failure::new(
            Kind::Usage,
            format!("`{name}` is not a name: names have letters, digits and characters of +=,.@_-:"),
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(variables: &[(&str, &str)]) -> Result<String, Failure> {
        let find =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        find_key(find).map(|credentials| match credentials {
            Credentials::Key { id, secret, .. } => format!("{id}:{}", secret.expose()),
            Credentials::Token(_) | Credentials::None => String::new(),
        })
    }

    #[test]
    fn keysteads_own_variables_come_before_those_of_the_aws_tools() {
        let aws = [("AWS_ACCESS_KEY_ID", "AKIAA"), ("AWS_SECRET_ACCESS_KEY", "a")];
        let own = [("KEYSTEAD_ACCESS_KEY_ID", "AKIAK"), ("KEYSTEAD_SECRET_ACCESS_KEY", "k")];
        assert_eq!(key_of(&aws).unwrap(), "AKIAA:a");
        assert_eq!(key_of(&[aws, own].concat()).unwrap(), "AKIAK:k");
    }

    #[test]
    fn a_missing_key_is_told_by_the_variables_to_set() {
        let failure = key_of(&[]).unwrap_err();
        assert_eq!(failure.kind, Kind::Denied);
        assert!(failure.text.contains("KEYSTEAD_SECRET_ACCESS_KEY"));
        let half =
            [("KEYSTEAD_ACCESS_KEY_ID", "AKIAK"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")];
        assert!(key_of(&half).unwrap_err().text.contains("KEYSTEAD_SECRET_ACCESS_KEY is missing"));
    }

    #[test]
    fn an_address_is_http_or_https_without_a_path() {
        assert_eq!(base("https://keystead.example:7360/").unwrap(), "https://keystead.example:7360");
        for wrong in ["keystead.example", "ftp://keystead.example", "http://", "http://a/b", "http://a?b", ""]
        {
            assert_eq!(base(wrong).unwrap_err().kind, Kind::Usage, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_name_does_not_become_a_path() {
        assert_eq!(segment("orders-app@x"), Ok("orders-app@x"));
        for wrong in ["", ".", "..", "a/b", "a b", "a?b", "a%2e", "ä"] {
            assert_eq!(segment(wrong).unwrap_err().kind, Kind::Usage, "{wrong}");
        }
    }
}
