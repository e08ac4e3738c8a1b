//! AWS Systems Manager Parameter Store: a SecureString parameter for each field. Two parameters are not written at
//! once; whoever needs both to fit at any moment takes one with JSON in it.

use keystead_core::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::aws::{Reach, Reply, Service};
use super::http::at;
use super::settings::Site;
use super::{Fields, Held, Target, Value, failed};
use crate::machine::Failure;

/// Which parameters.
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
    /// What stands before the names of the fields, for example `/orders/`.
    #[serde(default)]
    pub path: String,
    /// The KMS key that the parameters are encrypted with; AWS's own for Parameter Store when not said.
    #[serde(default)]
    pub kms_key_id: Option<String>,
}

impl Settings {
    pub(super) fn reach(&self) -> Reach<'_> {
        Reach { region: &self.region, access_key_id: &self.access_key_id, url: self.url.as_deref() }
    }
}

pub(super) struct Parameters<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) settings: &'a Settings,
}

impl Parameters<'_> {
    fn call(&self, action: &str, body: &Json) -> Result<Json, Failure> {
        let service = Service {
            gate: self.site.gate,
            reach: self.settings.reach(),
            secret: self.site.secret()?,
            name: "ssm",
            target: "AmazonSSM",
        };
        match service.call(action, body)? {
            Reply::Done(reply) => Ok(reply),
            Reply::Absent => Err(failed(format!("ssm:{action} does not find the parameter"))),
        }
    }

    fn name(&self, field: &str) -> String {
        format!("{}{field}", self.settings.path)
    }
}

impl Target for Parameters<'_> {
    fn read_back(&self) -> Result<Held, Failure> {
        let names: Vec<_> = self.site.fields.iter().map(|field| self.name(field)).collect();
        let reply = self.call("GetParameters", &json!({ "Names": names, "WithDecryption": true }))?;
        let found = at(&reply, &["Parameters"]).as_array().ok_or(Failure::Unavailable)?;
        let value_of = |field: &String| {
            let parameter = found.iter().find(|one| *at(one, &["Name"]) == self.name(field))?;
            Some((field.clone(), SecretString::new(at(parameter, &["Value"]).as_str()?.to_owned())))
        };
        let fields: Fields = self.site.fields.iter().filter_map(value_of).collect();
        Ok(Held::Shown { fields, rest: Json::Null })
    }

    fn write(&self, value: &Value<'_>, seen: &Held) -> Result<(), Failure> {
        let Held::Shown { fields: before, .. } = seen else { return Err(Failure::Conflict) };
        // One that was written before a crash is not written again.
        for (field, text) in value.fields.iter().filter(|(field, text)| before.get(*field) != Some(*text)) {
            let name = self.name(field);
            let parameter =
                json!({ "Name": name, "Value": text.expose(), "Type": "SecureString", "Overwrite": true });
            let mut body = parameter.as_object().cloned().unwrap_or_default();
            body.extend(self.settings.kms_key_id.as_deref().map(|key| ("KeyId".to_owned(), key.into())));
            self.call("PutParameter", &Json::Object(body))?;
        }
        Ok(())
    }
}
