//! One call in the Query protocol or to a REST address, tried again while the cloud is busy, and what its errors
//! mean.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::Duration;

use keystead_aws::error::RemoteFault;
use keystead_aws::xml::{self, Element, XmlError};
use keystead_core::{SecretString, Timestamp};
use keystead_gate::outgoing::{SignedAnswer, SignedCall, form};
use keystead_gate::turnstile::Turnstile;

use super::Service;
use crate::provider::fault::printable;
use crate::provider::{CloudFault, Outcome, Reach};

/// Pauses begin here, in milliseconds.
const PAUSE_MS: u64 = 1_000;
/// How often a call is repeated that nobody answers: who is gone for longer is asked again another time.
const UNANSWERED_MAX: u32 = 2;
/// How many answers are read at once: each may become much larger in memory than it was on the way.
const READ_AT_ONCE: usize = 2;
/// How many may wait for it, which is more than there are threads that call.
const READ_WAITING: usize = 1_000;
static READING: LazyLock<Turnstile> = LazyLock::new(|| Turnstile::new(READ_AT_ONCE, READ_WAITING));
/// A clock further off than this is what is wrong with a signature, in seconds.
const SKEW: i64 = 240;

/// The longest answer to a single question, in bytes: many are asked at once.
const ANSWER_MAX: usize = 1024 * 1024;
/// In AWS's words: the signature is for another service than the one that answers here.
const OTHER_SERVICE: &str = "scoped to correct service";

/// A call of an action.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    service: &'static Service,
    action: &'static str,
    region: Option<&'a str>,
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The path and query of a REST call; `None` for the Query protocol.
    path: Option<Cow<'a, str>>,
    /// The longest answer that is read, in bytes.
    answer_max: usize,
    /// Whether it may be repeated although it may have had its effect.
    is_read: bool,
}

impl<'a> Call<'a> {
    /// An action of a service of the Query protocol.
    pub fn of(service: &'static Service, action: &'static str) -> Self {
        Self {
            service,
            action,
            region: None,
            parameters: Vec::new(),
            path: None,
            answer_max: ANSWER_MAX,
            is_read: true,
        }
    }

    /// A GET of a REST service; `action` is what policies call it.
    pub fn get(service: &'static Service, action: &'static str, path: impl Into<Cow<'a, str>>) -> Self {
        Self { path: Some(path.into()), ..Self::of(service, action) }
    }

    /// With one more parameter.
    pub fn with(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// In a region other than the endpoint's own.
    pub fn in_region(mut self, region: &'a str) -> Self {
        self.region = Some(region);
        self
    }

    /// As one whose answer may be longer or has to be shorter, in bytes.
    pub fn with_answer_max(mut self, answer_max: usize) -> Self {
        self.answer_max = answer_max;
        self
    }

    /// As one that changes something: it is not repeated where it may have had its effect.
    pub fn changing(mut self) -> Self {
        self.is_read = false;
        self
    }

    /// What policies call it.
    pub fn action(&self) -> String {
        format!("{}:{}", self.service.id, self.action)
    }
}

/// Makes a call; the root element of its reply.
pub fn query(reach: &Reach<'_>, call: &Call<'_>) -> Outcome<Element> {
    query_items(reach, call, &[], &mut |_| ())
}

/// Makes a call whose reply is a list: what stands at the end of the path `items` below the root goes to `take`, and
/// is not in the element that is answered.
pub fn query_items(
    reach: &Reach<'_>,
    call: &Call<'_>,
    items: &[&str],
    take: &mut dyn FnMut(Element),
) -> Outcome<Element> {
    let mut pause = PAUSE_MS;
    let mut left = reach.patience.retries;
    let mut unanswered = 0;
    loop {
        let fault = match send(reach, call, items, take) {
            Ok(reply) => return Ok(reply),
            Err(fault) => fault,
        };
        let again = match &fault {
            CloudFault::Throttled(_) => true,
            CloudFault::Unreachable(_) => {
                unanswered += 1;
                call.is_read && unanswered <= UNANSWERED_MAX
            }
            CloudFault::Failed { status, .. } => call.is_read && *status >= 500,
            _ => false,
        };
        if !again || left == 0 {
            return Err(fault);
        }
        left -= 1;
        pause = jittered(reach, pause);
        reach.outgoing.pause(Duration::from_millis(pause));
    }
}

/// The next pause: drawn between the first one and three times the one before.
fn jittered(reach: &Reach<'_>, before_ms: u64) -> u64 {
    let widest = before_ms.saturating_mul(3).max(PAUSE_MS + 1);
    let drawn = PAUSE_MS + reach.rng.next_u64() % (widest - PAUSE_MS);
    drawn.min(reach.patience.pause_max_ms)
}

fn send(
    reach: &Reach<'_>,
    call: &Call<'_>,
    items: &[&str],
    take: &mut dyn FnMut(Element),
) -> Outcome<Element> {
    let (service, key) = (call.service, reach.key);
    let region = match call.region {
        Some(region) if !service.is_global => region,
        _ => &reach.endpoint.region,
    };
    let address = service.address(reach.endpoint, region);
    let (method, url, body) = if let Some(path) = &call.path {
        ("GET", format!("{address}{path}"), String::new())
    } else {
        let mut parameters = vec![("Action", call.action), ("Version", service.version)];
        parameters.extend(call.parameters.iter().map(|(name, value)| (&**name, &**value)));
        ("POST", format!("{address}/"), form(&parameters))
    };
    let now = reach.clock.now();
    let answer = reach.outgoing.send(&SignedCall {
        method,
        url: &url,
        service: service.id,
        region,
        access_key_id: &key.access_key_id,
        secret: &key.secret,
        session_token: key.session_token.as_ref(),
        body: &body,
        named: reach.endpoint.url.is_some(),
        answer_max: call.answer_max,
        now,
    });
    let answer = answer.map_err(|none| CloudFault::Unreachable(printable(&none.0)))?;
    let is_right = answer.status == 200;
    let items = if is_right { items } else { &[] };
    // Where many call at once, few read at once: on the way an answer is shorter than it is in memory.
    let document = READING.pass(|| xml::read_items(&answer.body, items, take));
    let busy = |_| CloudFault::Unreadable("too many answers came at once".to_owned());
    read(reach, call, &answer, document.map_err(busy)?, now)
}

/// What an answer says.
fn read(
    reach: &Reach<'_>,
    call: &Call<'_>,
    answer: &SignedAnswer,
    document: Result<Element, XmlError>,
    now: Timestamp,
) -> Outcome<Element> {
    if (300..400).contains(&answer.status) {
        return Err(CloudFault::Unreadable(format!("it is a redirect (status {})", answer.status)));
    }
    let body = match document {
        Ok(body) => body,
        Err(error) if answer.status == 200 => {
            return Err(CloudFault::Unreadable(told(reach, &error.to_string())));
        }
        Err(_) => Element::default(),
    };
    if answer.status == 200 && call.path.is_none() && body.name != format!("{}Response", call.action) {
        return Err(CloudFault::Unreadable("it answers another question".to_owned()));
    }
    if answer.status == 200 { Ok(body) } else { Err(fault(reach, call, answer, &body, now)) }
}

/// A text of the cloud as it may be repeated: what proves who we are is not, whoever sent it back.
fn told(reach: &Reach<'_>, text: &str) -> String {
    let secrets = [Some(&reach.key.secret), reach.key.session_token.as_ref()];
    let hide = |text: String, secret: &SecretString| text.replace(secret.expose(), "[hidden]");
    printable(&secrets.into_iter().flatten().fold(text.to_owned(), hide))
}

fn fault(
    reach: &Reach<'_>,
    call: &Call<'_>,
    answer: &SignedAnswer,
    body: &Element,
    now: Timestamp,
) -> CloudFault {
    // Query services, EC2 and S3 each wrap their errors differently.
    let error = body.at(&["Error"]).or_else(|| body.at(&["Errors", "Error"])).unwrap_or(body);
    let text = |name| told(reach, error.text_at(&[name]).unwrap_or_default());
    let (code, message) = (text("Code"), text("Message"));
    let skew = answer.date.map_or(0, |date| (date.micros() - now.micros()) / 1_000_000);
    match RemoteFault::of(answer.status, &code) {
        // A clock that is wrong makes a signature wrong, too.
        RemoteFault::NotAccepted if skew.abs() > SKEW => CloudFault::ClockSkew { seconds: skew },
        RemoteFault::ClockSkew => CloudFault::ClockSkew { seconds: skew },
        // So an address says that it is another service's.
        RemoteFault::NotAccepted if message.contains(OTHER_SERVICE) => CloudFault::Unsupported(message),
        RemoteFault::NotAccepted => CloudFault::NotAccepted { code, message },
        RemoteFault::Denied => CloudFault::Denied { action: call.action(), message },
        RemoteFault::OptInRequired => {
            CloudFault::OptInRequired { service: call.service.title.to_owned(), message }
        }
        RemoteFault::Throttled => CloudFault::Throttled(code),
        RemoteFault::NotFound => CloudFault::NotFound(message),
        RemoteFault::Unsupported => CloudFault::Unsupported(message),
        RemoteFault::LimitExceeded | RemoteFault::Unknown => {
            CloudFault::Failed { status: answer.status, code, message }
        }
    }
}
