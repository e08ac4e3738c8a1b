//! Other clouds' credentials: accounts at clouds are connected, proved, looked through and kept; credentials are
//! stored and handed out to workloads.
//!
//! - [`operations`]: what can be asked, one file an operation.

pub mod operations;
