//! One value of a condition, compiled for its comparison.
//!
//! A value that does not read as what its operator compares (a number, a date, an address) is satisfied
//! by nothing; the negated operator therefore holds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::instant::Instant;
use super::network::Network;
use super::number::Number;
use super::value::Value;
use crate::context::Context;
use crate::document::Version;
use crate::operator::{Comparison, Relation};
use crate::pattern::{ArnPattern, Pattern};
use crate::template::{Template, Unresolved, Wildcards};

/// What a value of the request is put to.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Equals(Template),
    EqualsIgnoringCase(Template),
    Like(Pattern),
    Arn(ArnPattern),
    Number(Relation, Option<Number>),
    Date(Relation, Option<Instant>),
    /// Also what `Null` compares: whether the key is absent.
    Bool(Template),
    Binary(Option<Vec<u8>>),
    Address(Option<Network>),
}

impl Test {
    pub(super) fn compile(comparison: Comparison, value: &str, version: Version) -> Self {
        let plain = || Template::compile(value, version, Wildcards::Plain);
        match comparison {
            Comparison::StringEquals => Self::Equals(plain()),
            Comparison::StringEqualsIgnoreCase => Self::EqualsIgnoringCase(plain()),
            Comparison::StringLike => Self::Like(Pattern::compile(value, version)),
            Comparison::Arn => Self::Arn(ArnPattern::compile(value, version)),
            Comparison::Numeric(relation) => Self::Number(relation, Number::parse(value)),
            Comparison::Date(relation) => Self::Date(relation, Instant::parse(value)),
            Comparison::Bool => Self::Bool(plain()),
            Comparison::Null => Self::Bool(Template::compile(value, Version::V2008, Wildcards::Plain)),
            Comparison::Binary => Self::Binary(STANDARD.decode(value).ok()),
            Comparison::IpAddress => Self::Address(Network::parse(value)),
        }
    }

    pub(super) fn holds(&self, value: &Value<'_>, context: &Context<'_>) -> Result<bool, Unresolved> {
        Ok(match self {
            Self::Equals(template) => match template.fixed() {
                Some(fixed) => fixed == value.as_str().as_bytes(),
                None => template.expand(context)? == value.as_str().as_bytes(),
            },
            Self::EqualsIgnoringCase(template) => {
                let expected = template.expand(context)?;
                let expected = str::from_utf8(&expected).unwrap_or_default();
                lower_case(expected).eq(lower_case(value.as_str()))
            }
            Self::Like(pattern) => pattern.matches(value.text(), context)?,
            Self::Arn(pattern) => pattern.matches(value.arn(), context)?,
            Self::Number(relation, limit) => compare(*relation, value.number(), *limit),
            Self::Date(relation, limit) => compare(*relation, value.instant(), *limit),
            Self::Bool(template) => {
                let expected = template.expand(context)?;
                parse_bool(&expected)
                    .is_some_and(|expected| parse_bool(value.as_str().as_bytes()) == Some(expected))
            }
            Self::Binary(bytes) => bytes.as_deref() == Some(value.as_str().as_bytes()),
            Self::Address(network) => {
                network.zip(value.address()).is_some_and(|(network, address)| network.contains(address))
            }
        })
    }

    pub(super) fn has_variables(&self) -> bool {
        self.templates().any(|template| template.fixed().is_none())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.templates().flat_map(Template::keys)
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        let (one, arn) = match self {
            Self::Equals(template) | Self::EqualsIgnoringCase(template) | Self::Bool(template) => {
                (Some(template), None)
            }
            Self::Like(pattern) => (pattern.template(), None),
            Self::Arn(pattern) => (None, Some(pattern)),
            Self::Number(..) | Self::Date(..) | Self::Binary(_) | Self::Address(_) => (None, None),
        };
        one.into_iter().chain(arn.into_iter().flat_map(ArnPattern::templates))
    }
}

fn compare<T: Ord>(relation: Relation, value: Option<T>, limit: Option<T>) -> bool {
    value.zip(limit).is_some_and(|(value, limit)| relation.holds(&value, &limit))
}

fn lower_case(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

fn parse_bool(text: &[u8]) -> Option<bool> {
    if text.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if text.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}
