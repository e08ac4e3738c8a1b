//! What an agent asks: its server for the consumer's key, and the endpoint where the key is good for a session.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request};
use keystead_aws::sigv4::Signer;
use keystead_aws::xml;
use keystead_core::{Clock, Timestamp};
use keystead_server::outgoing::{self, Client, ClientSettings};
use serde::Deserialize;
use serde_json::json;

use super::held::{Pair, Session};
use crate::clock::SystemClock;
use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind};

/// How long the endpoint may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Where no region was said, as AWS's own clients have it.
const REGION: &str = "us-east-1";
const QUESTION: &str = "Action=GetSessionToken&Version=2011-06-15";

/// The consumer as the server has it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Served {
    /// How it was said to get its key.
    pub(crate) kind: String,
    /// The application id that what is done for it carries.
    app_id: String,
    /// The key it is to have.
    pub(crate) access_key_id: String,
    /// Where that is good; none is the server itself.
    endpoint: Option<String>,
    region: Option<String>,
    lease_seconds: u64,
}

impl Served {
    /// How long an answer may be kept.
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }
}

/// A server, as one consumer.
pub(crate) struct Source {
    connection: Connection,
    client: Client,
    url: String,
}

impl Source {
    /// The consumer whose token a file holds.
    pub(crate) fn new(remote: &Remote, token_file: &Path) -> Result<Self, Failure> {
        let settings =
            ClientSettings { connect_timeout: TIMEOUT / 2, timeout: TIMEOUT, ca_file: remote.cacert.clone() };
        Ok(Self {
            connection: remote.connect_as_consumer(token_file)?,
            client: Client::new(settings)?,
            url: remote.url.clone(),
        })
    }

    /// Which key the consumer is to have.
    pub(crate) fn served(&self) -> Result<Served, Failure> {
        serde_json::from_value(self.connection.get("/api/v1/consumer")?).map_err(|error| {
            Failure::new(Kind::Local, format!("The server's answer cannot be read: {error}."))
        })
    }

    /// The key with its secret, and the lease on it.
    pub(crate) fn reveal(&self) -> Result<(Pair, Duration), Failure> {
        let answer = self.connection.get("/api/v1/consumer/credential")?;
        let missing = |name: &str| Failure::new(Kind::Local, format!("The answer has no `{name}`."));
        let member = |name: &str| answer[name].as_str().map(str::to_owned).ok_or_else(|| missing(name));
        let key =
            Pair { access_key_id: member("access_key_id")?, secret: member("secret_access_key")?.into() };
        let lease = answer["lease_seconds"].as_u64().ok_or_else(|| missing("lease_seconds"))?;
        Ok((key, Duration::from_secs(lease)))
    }

    /// Says that a key is in place.
    pub(crate) fn report(&self, access_key_id: &str) -> Result<(), Failure> {
        self.connection
            .post("/api/v1/consumer/applied", &json!({ "access_key_id": access_key_id }))
            .map(|_| ())
    }

    /// A session of the key's user, as long as the endpoint makes them unasked.
    pub(crate) fn session(&self, served: &Served, key: &Pair) -> Result<Session, Failure> {
        let url = served.endpoint.as_deref().unwrap_or(&self.url);
        let made_at = SystemClock.now();
        let answer = self.client.send(session_request(url, served, key, made_at)?)?;
        let failed = |reason: &str| {
            let text = format!("{url} made no session with {}: {reason}.", key.access_key_id);
            // Whatever the reason, it may pass: a key takes a while to be known everywhere.
            Failure::new(Kind::Unreachable, text)
        };
        let read = xml::read(answer.body()).map_err(|error| failed(&error.to_string()))?;
        if !answer.status().is_success() {
            let code = read.text_at(&["Error", "Code"]).unwrap_or("no reason given");
            return Err(failed(&format!("{code}, status {}", answer.status().as_u16())));
        }
        let member = |name: &str| {
            let found = read.text_at(&["GetSessionTokenResult", "Credentials", name]);
            found.map(str::to_owned).ok_or_else(|| failed(&format!("the answer has no {name}")))
        };
        let ends_at = Timestamp::parse_rfc3339(&member("Expiration")?);
        Ok(Session {
            key: Pair { access_key_id: member("AccessKeyId")?, secret: member("SecretAccessKey")?.into() },
            token: member("SessionToken")?.into(),
            made_at,
            ends_at: ends_at.ok_or_else(|| failed("its end is no date"))?,
        })
    }
}

/// The signed call. Its user agent names the application that it is made for, so that the use of the key is that
/// application's.
fn session_request(
    url: &str,
    served: &Served,
    key: &Pair,
    now: Timestamp,
) -> Result<Request<Bytes>, Failure> {
    let unfit = |error: &dyn std::fmt::Display| {
        Failure::new(Kind::Local, format!("{url} cannot be asked for a session: {error}."))
    };
    let mut request = Request::new(Bytes::from_static(QUESTION.as_bytes()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = format!("{}/", url.trim_end_matches('/'))
        .parse()
        .map_err(|error: http::uri::InvalidUri| unfit(&error))?;
    let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    request.headers_mut().insert(CONTENT_TYPE, form);
    let agent = format!("keystead-agent/{} app/{}", env!("CARGO_PKG_VERSION"), served.app_id);
    let agent = HeaderValue::try_from(agent).map_err(|error| unfit(&error))?;
    let signer = Signer {
        access_key_id: &key.access_key_id,
        secret: key.secret.expose(),
        session_token: None,
        region: served.region.as_deref().unwrap_or(REGION),
        service: "sts",
    };
    outgoing::sign(&mut request, &signer, now)?;
    request.headers_mut().insert(USER_AGENT, agent);
    Ok(request)
}
