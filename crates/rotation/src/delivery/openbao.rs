//! OpenBao or Vault: a secret in a KV store of version 2, written with check-and-set, so that what was looked at is
//! what is replaced.

use keystead_core::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::http::{self, Answer, at};
use super::settings::Site;
use super::{Fields, Held, Target, Value, failed};
use crate::machine::Failure;

/// Which secret. The target's secret is a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the server answers.
    pub url: String,
    /// Where the store is mounted; `secret` when not said.
    #[serde(default = "mount")]
    pub mount: String,
    /// The secret's path in the store.
    pub path: String,
    /// The namespace, where there are any.
    #[serde(default)]
    pub namespace: Option<String>,
}

fn mount() -> String {
    "secret".to_owned()
}

pub(super) struct OpenBao<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) settings: &'a Settings,
}

impl OpenBao<'_> {
    fn call(&self, method: &'static str, path: &str, body: &str) -> Result<Answer, Failure> {
        let url = format!("{}/v1/{path}", self.settings.url.trim_end_matches('/'));
        let token = self.site.secret()?;
        let mut headers = vec![("x-vault-token", &**token.expose()), ("content-type", "application/json")];
        headers.extend(self.settings.namespace.as_deref().map(|name| ("x-vault-namespace", name)));
        http::call(self.site.gate, method, &url, &headers, body)
    }

    fn path(&self) -> String {
        format!("{}/data/{}", http::path(&self.settings.mount), http::path(&self.settings.path))
    }
}

impl Target for OpenBao<'_> {
    fn read_back(&self) -> Result<Held, Failure> {
        let answer = self.call("GET", &self.path(), "")?;
        // A secret whose newest version was deleted is not found either, and says its version.
        if !matches!(answer.status, 200 | 404) {
            return Err(answer.refusal(&format!("read {}", self.path())));
        }
        let body = answer.json();
        let version = at(&body, &["data", "metadata", "version"]).as_u64().unwrap_or(0);
        let data = at(&body, &["data", "data"]).as_object().cloned().unwrap_or_default();
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let ours = self.site.fields.iter();
        let fields: Fields =
            ours.filter_map(|name| Some((name.clone(), SecretString::new(text(data.get(name)?))))).collect();
        Ok(Held::Shown { fields, rest: json!({ "version": version, "data": data }) })
    }

    fn write(&self, value: &Value<'_>, seen: &Held) -> Result<(), Failure> {
        let Held::Shown { rest, .. } = seen else { return Err(Failure::Conflict) };
        let mut data = at(rest, &["data"]).as_object().cloned().unwrap_or_default();
        for (name, text) in &value.fields {
            data.insert(name.clone(), Json::from(text.expose().as_str()));
        }
        let body = json!({ "options": { "cas": at(rest, &["version"]) }, "data": data });
        let answer = self.call("POST", &self.path(), &body.to_string())?;
        match answer.status {
            200 | 204 => Ok(()),
            400 => Err(failed(format!("{} was changed meanwhile, or cannot be written", self.path()))),
            _ => Err(answer.refusal(&format!("update {}", self.path()))),
        }
    }

    fn may_write(&self) -> Result<Option<bool>, Failure> {
        let body = json!({ "paths": [self.path()] }).to_string();
        let answer = self.call("POST", "sys/capabilities-self", &body)?;
        if answer.status != 200 {
            return Ok(None);
        }
        let body = answer.json();
        let capabilities = at(&body, &["data", "capabilities"])
            .as_array()
            .or_else(|| at(&body, &["capabilities"]).as_array());
        let is_enough = |word: &Json| matches!(word.as_str(), Some("root" | "update" | "create"));
        Ok(capabilities.map(|words| words.iter().any(is_enough)))
    }
}
