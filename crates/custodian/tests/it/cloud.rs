//! A cloud that is scripted: it knows keys, checks whose secret signed, and keeps what it was asked.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use keystead_aws::query::Params;
use keystead_core::Timestamp;
use keystead_gate::outgoing::{NoAnswer, Outgoing, SignedAnswer, SignedCall};

/// A key at the cloud.
#[derive(Clone, Debug)]
pub(crate) struct CloudKey {
    pub(crate) secret: String,
    pub(crate) number: &'static str,
    pub(crate) arn: String,
    pub(crate) is_active: bool,
    pub(crate) last_used: Option<Timestamp>,
}

/// What was asked: an action, the key that signed, and the parameters.
pub(crate) type Question = (String, String, Vec<(String, String)>);

#[derive(Default)]
pub(crate) struct State {
    pub(crate) keys: BTreeMap<String, CloudKey>,
    /// In order.
    pub(crate) asked: Vec<Question>,
}

/// The cloud.
#[derive(Default)]
pub(crate) struct Cloud(Mutex<State>);

impl Cloud {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Makes a key of a user; the secret follows from its id.
    pub(crate) fn add_key(&self, id: &str, number: &'static str, user: &str) {
        let arn = format!("arn:aws:iam::{number}:user/{user}");
        let secret = format!("secret-of-{id}");
        let key = CloudKey { secret, number, arn, is_active: true, last_used: None };
        self.state().keys.insert(id.to_owned(), key);
    }

    /// How often an action was asked.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.state().asked.iter().filter(|(asked, ..)| asked == action).count()
    }
}

impl State {
    fn answer(&mut self, call: &SignedCall<'_>) -> Result<String, (u16, &'static str)> {
        let params = Params::parse(call.body.as_bytes()).map_err(|_| (400, "MalformedQueryString"))?;
        let action = params.action().unwrap_or(call.url).to_owned();
        let given = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.asked.push((action.clone(), call.access_key_id.to_owned(), given.collect()));
        let key = self.keys.get(call.access_key_id).filter(|key| key.is_active);
        let key = key.ok_or((403, "InvalidClientTokenId"))?.clone();
        if key.secret != *call.secret.expose() {
            return Err((403, "SignatureDoesNotMatch"));
        }
        let of = |name: &str| params.get(name).unwrap_or_default();
        let result = match &*action {
            "GetCallerIdentity" => format!("<Account>{}</Account><Arn>{}</Arn>", key.number, key.arn),
            "DescribeRegions" => return Ok(REGIONS.to_owned()),
            "AssumeRole" => self.assume(&key, of("RoleArn")),
            "ListAccessKeys" => self.list(of("UserName")),
            "GetAccessKeyLastUsed" => {
                let used = self.keys.get(of("AccessKeyId")).and_then(|key| key.last_used);
                let used = used.map(|at| format!("<LastUsedDate>{}</LastUsedDate>", at.to_iso8601()));
                format!("<AccessKeyLastUsed>{}</AccessKeyLastUsed>", used.unwrap_or_default())
            }
            _ => String::new(),
        };
        Ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
    }

    fn assume(&mut self, key: &CloudKey, role: &str) -> String {
        let id = format!("ASIA{:016}", self.keys.len());
        let assumed = CloudKey { secret: format!("secret-of-{id}"), arn: role.to_owned(), ..key.clone() };
        let secret = assumed.secret.clone();
        self.keys.insert(id.clone(), assumed);
        format!(
            "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
             <SessionToken>token</SessionToken></Credentials>"
        )
    }

    fn list(&self, user: &str) -> String {
        let of_user = |key: &&CloudKey| key.arn.ends_with(&format!("user/{user}"));
        let members = self.keys.iter().filter(|(_, key)| of_user(key)).map(|(id, key)| {
            let status = if key.is_active { "Active" } else { "Inactive" };
            format!("<member><AccessKeyId>{id}</AccessKeyId><Status>{status}</Status></member>")
        });
        format!("<AccessKeyMetadata>{}</AccessKeyMetadata>", members.collect::<String>())
    }
}

const REGIONS: &str = "<DescribeRegionsResponse><regionInfo><item><regionName>us-east-1</regionName></item>\
                       </regionInfo></DescribeRegionsResponse>";

impl Outgoing for Cloud {
    fn send(&self, call: &SignedCall<'_>) -> Result<SignedAnswer, NoAnswer> {
        let answer = self.state().answer(call);
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err((status, code)) => {
                (status, format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>"))
            }
        };
        Ok(SignedAnswer { status, body: body.into_bytes(), date: None })
    }

    fn pause(&self, _: Duration) {}

    fn get(&self, _: &str) -> Result<Vec<u8>, NoAnswer> {
        Err(NoAnswer("there are no documents here".to_owned()))
    }
}
