//! JSON as policies are written in it.
//!
//! Not `serde_json::Value`, which keeps the last of two equal keys: a document that says `Effect`
//! twice would mean one thing here and another to whoever reads it. Objects keep their order, nesting
//! is limited, and numbers keep the text they compare by.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep a document may nest. The deepest legal one needs six.
const DEPTH_MAX: usize = 32;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value that fills the text; `None` where it is not JSON, too deep, or names a key twice.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = Depth(DEPTH_MAX).deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        Some(value)
    }

    /// The text of a value that conditions compare as text: a string, a number or a Boolean.
    pub(crate) fn into_scalar(self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(value) => Some(value.to_string()),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// One value or a list of them, each read by `read`.
    pub(crate) fn into_list<T>(self, read: impl Fn(Self) -> Option<T>) -> Option<Vec<T>> {
        match self {
            Self::List(items) => items.into_iter().map(read).collect(),
            one => read(one).map(|item| vec![item]),
        }
    }

    /// A string.
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members of an object.
    pub(crate) fn into_object(self) -> Option<Vec<(String, Self)>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }
}

/// How many levels may still open.
#[derive(Clone, Copy)]
struct Depth(usize);

impl Depth {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("nested too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let deeper = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(deeper)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let deeper = self.deeper()?;
        let mut object: Vec<(String, Json)> = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(deeper)?;
            object.push((name, value));
        }
        let mut names: Vec<&str> = object.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
            return Err(A::Error::custom("a key is given twice"));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b12_nesting_is_limited_and_keys_are_given_once() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::parse(&nested(DEPTH_MAX)).is_some());
        assert!(Json::parse(&nested(DEPTH_MAX + 1)).is_none());
        assert!(Json::parse(&nested(100_000)).is_none());
        assert!(Json::parse(r#"{"Effect": "Deny", "Effect": "Allow"}"#).is_none());
        assert!(Json::parse(r#"{"a": 1} trailing"#).is_none());
        assert_eq!(Json::parse("10.50").and_then(Json::into_scalar).as_deref(), Some("10.5"));
    }
}
