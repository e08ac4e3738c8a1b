//! A value of the request, read once however many values of the policy it is compared with.

use std::cell::OnceCell;
use std::net::IpAddr;

use super::instant::Instant;
use super::network;
use super::number::Number;
use crate::glob::Subject;
use crate::pattern::{ArnParts, parse_arn};

/// A text, and what else it reads as.
pub(super) struct Value<'v> {
    text: Subject<'v>,
    arn: OnceCell<Option<ArnParts<'v>>>,
    number: OnceCell<Option<Number>>,
    instant: OnceCell<Option<Instant>>,
    address: OnceCell<Option<IpAddr>>,
}

impl<'v> Value<'v> {
    pub(super) fn new(text: &'v str) -> Self {
        Self {
            text: Subject::new(text),
            arn: OnceCell::new(),
            number: OnceCell::new(),
            instant: OnceCell::new(),
            address: OnceCell::new(),
        }
    }

    pub(super) fn text(&self) -> &Subject<'v> {
        &self.text
    }

    pub(super) fn as_str(&self) -> &'v str {
        self.text.as_str()
    }

    pub(super) fn arn(&self) -> Option<&ArnParts<'v>> {
        self.arn.get_or_init(|| parse_arn(self.as_str())).as_ref()
    }

    pub(super) fn number(&self) -> Option<Number> {
        *self.number.get_or_init(|| Number::parse(self.as_str()))
    }

    pub(super) fn instant(&self) -> Option<Instant> {
        *self.instant.get_or_init(|| Instant::parse(self.as_str()))
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        *self.address.get_or_init(|| network::parse_address(self.as_str()))
    }
}
