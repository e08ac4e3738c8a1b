//! AWS Secrets Manager: a secret that holds a JSON object. Each write is a new version, labelled current; the one
//! before keeps its label of being the previous one.

use keystead_core::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::aws::{Reach, Reply, Service};
use super::http::at;
use super::settings::Site;
use super::{Fields, Held, Target, Value, failed};
use crate::machine::Failure;

/// Which secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The region.
    pub region: String,
    /// The key that calls are signed with; its secret is the target's.
    pub access_key_id: String,
    /// Where the service answers, if not at AWS.
    #[serde(default)]
    pub url: Option<String>,
    /// The secret's name or ARN.
    pub secret_id: String,
}

impl Settings {
    pub(super) fn reach(&self) -> Reach<'_> {
        Reach { region: &self.region, access_key_id: &self.access_key_id, url: self.url.as_deref() }
    }
}

pub(super) struct SecretsManager<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) settings: &'a Settings,
}

impl SecretsManager<'_> {
    fn call(&self, action: &str, body: &Json) -> Result<Reply, Failure> {
        let service = Service {
            gate: self.site.gate,
            reach: self.settings.reach(),
            secret: self.site.secret()?,
            name: "secretsmanager",
            target: "secretsmanager",
        };
        service.call(action, body)
    }
}

impl Target for SecretsManager<'_> {
    fn read_back(&self) -> Result<Held, Failure> {
        let reply = match self.call("GetSecretValue", &json!({ "SecretId": self.settings.secret_id }))? {
            Reply::Done(reply) => reply,
            Reply::Absent => return Ok(Held::Shown { fields: Fields::new(), rest: Json::Null }),
        };
        let text = at(&reply, &["SecretString"]).as_str().unwrap_or_default();
        let object: Map<String, Json> = serde_json::from_str(text).map_err(|_| {
            failed("the secret in Secrets Manager is no JSON object, so no field of it can be replaced")
        })?;
        let ours = self.site.fields.iter();
        let fields = ours.filter_map(|name| Some((name.clone(), text_of(object.get(name)?)))).collect();
        Ok(Held::Shown { fields, rest: Json::Object(object) })
    }

    fn write(&self, value: &Value<'_>, seen: &Held) -> Result<(), Failure> {
        let Held::Shown { rest, .. } = seen else { return Err(Failure::Conflict) };
        let (is_new, mut object) = match rest {
            Json::Object(object) => (false, object.clone()),
            _ => (true, Map::new()),
        };
        object.extend(
            value.fields.iter().map(|(name, text)| (name.clone(), Json::from(text.expose().clone()))),
        );
        let token = token(value, &self.settings.secret_id);
        let text = Json::Object(object).to_string();
        let (action, name) = if is_new { ("CreateSecret", "Name") } else { ("PutSecretValue", "SecretId") };
        let body =
            json!({ name: self.settings.secret_id, "SecretString": text, "ClientRequestToken": token });
        match self.call(action, &body)? {
            Reply::Done(_) => Ok(()),
            Reply::Absent => Err(failed("the secret in Secrets Manager is gone")),
        }
    }
}

/// A member as text; what is no text is nobody's key.
fn text_of(member: &Json) -> SecretString {
    SecretString::new(member.as_str().map_or_else(|| member.to_string(), str::to_owned))
}

/// The same write has the same token, so that it makes one version however often it is tried.
fn token(value: &Value<'_>, secret_id: &str) -> String {
    let name = format!("{secret_id}\n{}\n{}\n{}", value.rotation, value.key, value.version);
    hex::encode(Sha256::digest(name))
}
