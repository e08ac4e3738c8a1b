//! The AWS wire, pure: requests in, replies out, no I/O and no clock.
//!
//! - [`sigv4`]: signing and verifying requests.
//! - [`query`]: the parameters of the Query protocol.
//! - [`xml`]: writing replies, and reading those of other services.
//! - [`model`]: the generated shapes of IAM and STS.
//! - [`error`]: every fault and its code, status and message.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod error;
pub mod model;
mod percent;
pub mod query;
pub mod sigv4;
pub mod xml;

pub use error::Fault;
pub use percent::{decode as percent_decode, encode as percent_encode};
