//! The operations, by service. Each folder's `mod.rs` is generated from its files; what there is nothing of here is
//! in one table.

pub mod iam;
pub mod keystead;
pub mod sts;
pub mod without_organizations;
