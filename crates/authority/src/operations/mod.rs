//! The operations, by service. Each folder's `mod.rs` is generated from its files.

pub mod iam;
pub mod keystead;
pub mod sts;
