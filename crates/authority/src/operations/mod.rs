//! The operations, by service. Each folder's `mod.rs` is generated from its files; what there is nothing of here is
//! in one table. Those of [`console`] are for a person at a browser, which has made something for them.

pub mod console;
pub mod iam;
pub mod keystead;
pub mod sts;
pub mod without_organizations;
