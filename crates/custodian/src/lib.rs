//! Other clouds' credentials: accounts at clouds are connected, proved, looked through and kept; credentials are
//! stored and handed out to workloads.
//!
//! - [`operations`]: what can be asked, one file an operation.
//! - [`provider`]: clouds, behind a trait; AWS.
//! - [`endpoint`]: where clouds answer.
//! - [`installation`]: what the operator sets.
//! - [`refusal`]: what is said of credentials that are not taken.
//! - [`discovery`]: what there is in connected accounts.
//! - [`connection`]: proving credentials, and reaching a connected account with them.

pub mod connection;
pub mod discovery;
pub mod endpoint;
pub mod installation;
pub mod operations;
pub mod provider;
pub mod refusal;
pub mod shown;
