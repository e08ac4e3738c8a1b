//! Writing outputs: how each kind of member becomes XML.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keystead_core::{SecretBytes, SecretString, Timestamp};

use crate::xml::Writer;

/// The output of an operation, or a structure in it.
pub trait ToXml {
    /// Writes the members, without an element around them.
    fn to_xml(&self, writer: &mut Writer);

    /// Whether a reply has a `…Result` element.
    fn has_result(&self) -> bool {
        true
    }
}

/// The output of an operation without one.
impl ToXml for () {
    fn to_xml(&self, _: &mut Writer) {}

    fn has_result(&self) -> bool {
        false
    }
}

/// A member of a structure.
pub(super) trait Member {
    /// Writes the member as an element; what is absent or empty is left out.
    fn write(&self, name: &str, writer: &mut Writer);

    /// The same, but an empty list or map is written as an empty element.
    fn write_always(&self, name: &str, writer: &mut Writer) {
        self.write(name, writer);
    }
}

impl<T: ToXml> Member for T {
    fn write(&self, name: &str, writer: &mut Writer) {
        writer.element(name, |writer| self.to_xml(writer));
    }
}

/// A list that is there is written, even if it is empty.
impl<T: Member> Member for Option<T> {
    fn write(&self, name: &str, writer: &mut Writer) {
        if let Some(value) = self {
            value.write_always(name, writer);
        }
    }
}

impl<T: Member> Member for Vec<T> {
    fn write(&self, name: &str, writer: &mut Writer) {
        if !self.is_empty() {
            self.write_always(name, writer);
        }
    }

    fn write_always(&self, name: &str, writer: &mut Writer) {
        writer.element(name, |writer| self.iter().for_each(|value| value.write("member", writer)));
    }
}

impl<T: Member> Member for BTreeMap<String, T> {
    fn write(&self, name: &str, writer: &mut Writer) {
        if !self.is_empty() {
            self.write_always(name, writer);
        }
    }

    fn write_always(&self, name: &str, writer: &mut Writer) {
        writer.element(name, |writer| {
            for (key, value) in self {
                writer.element("entry", |writer| {
                    writer.leaf("key", key);
                    value.write("value", writer);
                });
            }
        });
    }
}

impl Member for String {
    fn write(&self, name: &str, writer: &mut Writer) {
        writer.leaf(name, self);
    }
}

/// The one way of a secret to the wire: operations choose what they put into such a member.
impl Member for SecretString {
    fn write(&self, name: &str, writer: &mut Writer) {
        writer.leaf(name, self.expose());
    }
}

impl Member for Vec<u8> {
    fn write(&self, name: &str, writer: &mut Writer) {
        writer.leaf(name, &STANDARD.encode(self));
    }
}

impl Member for SecretBytes {
    fn write(&self, name: &str, writer: &mut Writer) {
        self.expose().write(name, writer);
    }
}

impl Member for bool {
    fn write(&self, name: &str, writer: &mut Writer) {
        writer.leaf(name, if *self { "true" } else { "false" });
    }
}

impl Member for i64 {
    fn write(&self, name: &str, writer: &mut Writer) {
        writer.leaf(name, &self.to_string());
    }
}

impl Member for Timestamp {
    fn write(&self, name: &str, writer: &mut Writer) {
        writer.leaf(name, &self.to_iso8601());
    }
}
