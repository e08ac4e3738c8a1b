//! What was found, as it is told: as a table, as JSON, or in the form that code hosts show beside the lines (SARIF).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Found;
use crate::connection::Remote;
use crate::failure::Failure;

const KEYS: &str = "/api/v1/key-compliance";
const RULE: &str = "keystead-access-key";

/// What an account's keys are now, by their ids.
pub(super) struct Owners(HashMap<String, Value>);

impl Owners {
    /// Asks the server.
    pub(super) fn ask(remote: &Remote) -> Result<Self, Failure> {
        let listed = remote.connect()?.list(KEYS, "keys")?;
        let keys = listed["keys"].as_array().cloned().unwrap_or_default();
        let by_id = |key: Value| Some((key["access_key_id"].as_str()?.to_owned(), key));
        Ok(Self(keys.into_iter().filter_map(by_id).collect()))
    }

    /// Says of a key whose it is, whether it works and when it was last used.
    fn tell(&self, id: &str, shown: &mut Value) {
        let Some(key) = self.0.get(id) else {
            shown["status"] = "not a key of your account".into();
            return;
        };
        shown["owner"] = key["user_name"].as_str().unwrap_or("the root user").into();
        shown["status"] = key["status"].clone();
        shown["last_used_at"] = key["last_used_at"].clone();
    }
}

impl Found {
    /// The secret itself is never printed: output is kept, and seen.
    pub(super) fn to_json(&self, owners: Option<&Owners>) -> Value {
        let id = self.id.to_string();
        let mut shown = json!({
            "path": self.path,
            "line": self.line,
            "access_key_id": id,
            "secret": "****",
            "next": format!("keystead leak report {id} --at '{}'", self.path.replace('\'', " ")),
        });
        if let Some(owners) = owners {
            owners.tell(&id, &mut shown);
        }
        shown
    }
}

/// The keys as a SARIF 2.1.0 log.
pub(super) fn sarif(keys: &[Value]) -> Value {
    let result = |key: &Value| {
        let status = key["status"].as_str().map(|status| format!(" ({status})")).unwrap_or_default();
        let text =
            format!("The secret of access key {}{status} stands here.", key["access_key_id"].as_str()?);
        Some(json!({
            "ruleId": RULE,
            "level": "error",
            "message": { "text": text },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": key["path"] },
                "region": { "startLine": key["line"] },
            }}],
        }))
    };
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "tool": { "driver": {
                "name": "keystead scan",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": [{
                    "id": RULE,
                    "shortDescription": { "text": "An access key of this Keystead installation with its secret" },
                }],
            }},
            "results": keys.iter().filter_map(result).collect::<Vec<_>>(),
        }],
    })
}
