//! The shapes of IAM and STS: inputs that are read and validated, outputs that are written.
//!
//! `generated.rs` of each service comes from `crates/aws/model/*.json` by `cargo xtask codegen`. Written by
//! hand is what the generated tables are made of: [`input`] (reading and constraints), `order` (of several
//! errors), `pattern` (the regular expressions of the models), [`output`] (writing) and `shape` (the three
//! macros).

#[macro_use]
mod shape;

pub mod iam;
pub mod input;
mod order;
pub mod output;
mod pattern;
pub mod sts;

pub use input::FromQuery;
pub use output::ToXml;

/// A service of the Query protocol.
#[derive(Debug)]
pub struct Service {
    /// Its name in a credential scope.
    pub name: &'static str,
    /// The version of its API.
    pub version: &'static str,
    /// The namespace of its replies.
    pub xmlns: &'static str,
    /// Its operations, in alphabetical order.
    pub operations: &'static [&'static str],
    /// Whether validation errors quote the value; IAM keeps it back.
    pub quotes_values: bool,
}

impl Service {
    /// Whether AWS has this operation, supported here or not.
    pub fn has(&self, action: &str) -> bool {
        self.operations.binary_search(&action).is_ok()
    }
}

/// Identity and Access Management.
pub static IAM: Service = Service {
    name: "iam",
    version: "2010-05-08",
    xmlns: "https://iam.amazonaws.com/doc/2010-05-08/",
    operations: iam::OPERATIONS,
    quotes_values: false,
};

/// The Security Token Service.
pub static STS: Service = Service {
    name: "sts",
    version: "2011-06-15",
    xmlns: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: sts::OPERATIONS,
    quotes_values: true,
};
