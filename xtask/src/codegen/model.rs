//! A service model, with only what code is made of: names, types, constraints and errors.
//!
//! Reading botocore's file into these types is what strips it; no text of AWS's documentation remains.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A service model.
#[derive(Deserialize, Serialize)]
pub(crate) struct Model {
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

/// An operation: its input, output and errors by the names of their shapes.
#[derive(Deserialize, Serialize)]
pub(crate) struct Operation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Reference>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<Reference>,
}

/// The name of a shape.
#[derive(Deserialize, Serialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

/// A shape: what it is depends on its kind.
#[derive(Deserialize, Serialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub(crate) members: IndexMap<String, Reference>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) sensitive: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) exception: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorOnWire>,
}

/// The code and status of an error.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorOnWire {
    pub(crate) code: String,
    pub(crate) http_status_code: u16,
}

/// The type of a shape.
#[derive(Clone, Copy, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Blob,
    Boolean,
    Integer,
    List,
    Map,
    String,
    Structure,
    Timestamp,
}

impl Model {
    /// Where a stripped model is committed.
    pub(crate) fn path(service: &str, version: &str) -> String {
        format!("crates/aws/model/{service}-{version}.json")
    }

    /// Reads a committed model.
    pub(crate) fn load(root: &Path, service: &str, version: &str) -> Result<Self, String> {
        let path = root.join(Self::path(service, version));
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Reads a model of botocore: `service-2.json`, packed or not.
    pub(crate) fn read_botocore(folder: &Path) -> Result<Self, String> {
        let plain = folder.join("service-2.json");
        let text = if plain.exists() {
            fs::read(&plain).map_err(|error| format!("{}: {error}", plain.display()))?
        } else {
            let packed = folder.join("service-2.json.gz");
            let output = Command::new("gzip").arg("-dc").arg(&packed).output();
            let output = output.map_err(|error| format!("gzip: {error}"))?;
            if !output.status.success() {
                return Err(format!("{}: cannot be unpacked", packed.display()));
            }
            output.stdout
        };
        Self::parse(&String::from_utf8_lossy(&text)).map_err(|error| format!("{}: {error}", folder.display()))
    }

    fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// JSON with one operation or shape a line, so that a difference can be read.
    pub(crate) fn to_json(&self) -> String {
        let operations = lines(&self.operations);
        let shapes = lines(&self.shapes);
        format!("{{\n\"operations\": {{\n{operations}\n}},\n\"shapes\": {{\n{shapes}\n}}\n}}\n")
    }

    /// The codes of all errors, as they go over the wire.
    pub(crate) fn error_codes(&self) -> impl Iterator<Item = &str> {
        let exceptions = self.shapes.iter().filter(|(_, shape)| shape.exception);
        exceptions.map(|(name, shape)| shape.error.as_ref().map_or(name.as_str(), |error| &error.code))
    }
}

fn lines<T: Serialize>(entries: &BTreeMap<String, T>) -> String {
    let mut text = String::new();
    for (name, entry) in entries {
        let separator = if text.is_empty() { "" } else { ",\n" };
        let entry = serde_json::to_string(entry).unwrap_or_default();
        let _ = write!(text, "{separator}\"{name}\": {entry}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripping_keeps_constraints_and_drops_documentation() {
        let model = Model::parse(
            r#"{"metadata": {}, "operations": {"A": {"name": "A", "documentation": "long"}},
                "shapes": {"s": {"type": "string", "max": 3, "sensitive": true, "documentation": "long"},
                           "e": {"type": "structure", "members": {}, "exception": true,
                                 "error": {"code": "Wrong", "httpStatusCode": 409, "senderFault": true}}}}"#,
        )
        .unwrap();
        let json = model.to_json();
        assert!(!json.contains("long"), "{json}");
        assert!(json.contains(r#""s": {"type":"string","max":3,"sensitive":true}"#), "{json}");
        assert_eq!(model.error_codes().collect::<Vec<_>>(), ["Wrong"]);
        assert_eq!(Model::parse(&json).unwrap().to_json(), json);
    }
}
