//! Reading what operations answer. REST answers in JSON; XML of the Query protocol becomes the same: an element with
//! members is a list, one with other elements an object, anything else a text.

use keystead_aws::xml::{self, Element};
use keystead_core::Timestamp;
use serde_json::Value;

/// Reading a value by the names of its members. What is not there reads as empty.
pub(crate) trait Look {
    /// A text, a number or a truth value as text; empty where it is none.
    fn text(&self, name: &str) -> String;
    /// A text, where there is one that is not empty.
    fn find(&self, name: &str) -> Option<String>;
    /// A list; empty where it is none.
    fn list(&self, name: &str) -> &[Value];
    /// A list of texts.
    fn texts(&self, name: &str) -> Vec<String>;
    /// A number; 0 where it is none.
    fn number(&self, name: &str) -> i64;
    /// Whether it says true.
    fn is(&self, name: &str) -> bool;
    /// An instant.
    fn time(&self, name: &str) -> Option<Timestamp>;
    /// What is below.
    fn at(&self, name: &str) -> &Value;
}

/// What nothing reads as.
static NOTHING: Value = Value::Null;

impl Look for Value {
    fn text(&self, name: &str) -> String {
        plain(self.at(name))
    }

    fn find(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    fn list(&self, name: &str) -> &[Value] {
        self.at(name).as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().map(plain).collect()
    }

    fn number(&self, name: &str) -> i64 {
        match self.at(name) {
            Value::Number(number) => number.as_i64().unwrap_or_default(),
            Value::String(text) => text.parse().unwrap_or_default(),
            _ => 0,
        }
    }

    fn is(&self, name: &str) -> bool {
        match self.at(name) {
            Value::Bool(truth) => *truth,
            Value::String(text) => text == "true",
            _ => false,
        }
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(&self.text(name))
    }

    fn at(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&NOTHING)
    }
}

/// A value as text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// The document of an answer in XML; nothing where it cannot be read.
pub(crate) fn read_xml(body: &[u8]) -> Option<Value> {
    xml::read(body).ok().map(value_of)
}

fn value_of(element: Element) -> Value {
    let Element { text, children, .. } = element;
    if children.is_empty() {
        return Value::String(text);
    }
    if children.iter().all(|child| matches!(child.name.as_str(), "member" | "entry")) {
        return Value::Array(children.into_iter().map(value_of).collect());
    }
    Value::Object(children.into_iter().map(|child| (child.name.clone(), value_of(child))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_reads_as_json_would() {
        let read = read_xml(
            b"<R xmlns=\"u\"><A><Users><member><UserName>a&amp;b&#x27;</UserName></member></Users><N/>\
             <IsTruncated>true</IsTruncated></A></R>",
        )
        .unwrap();
        let answer = read.at("A");
        assert_eq!(answer.list("Users").first().map(|user| user.text("UserName")).as_deref(), Some("a&b'"));
        assert!(answer.is("IsTruncated"));
        assert!(answer.list("N").is_empty());
    }
}
