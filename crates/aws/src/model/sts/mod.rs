//! The shapes of STS. What a member means is in AWS's API reference, under the same name.

use super::STS as SERVICE;

#[expect(missing_docs, reason = "members are documented in AWS's API reference")]
mod generated;

pub use generated::*;
