//! Other clouds' credentials: accounts at clouds are connected, proved, looked through and kept; credentials are
//! stored and handed out to workloads.
//!
//! - [`operations`]: what can be asked, one file an operation.
//! - [`provider`]: clouds, behind a trait; AWS.
//! - [`endpoint`]: where clouds answer.
//! - [`installation`]: what the operator sets.
//! - [`refusal`]: what is said of credentials that are not taken.
//! - [`discovery`]: what there is in connected accounts.
//! - [`prerequisites`]: SSH keys and security groups made at clouds; [`ssh_keys`]: the private keys that are kept.
//! - [`connection`]: proving credentials, and reaching a connected account with them.
//! - [`stored`] and [`generated`]: credentials kept under names, and those that follow a connection.
//! - [`source`] and [`inputs`]: where the value of an input comes from, and how a workload is given it.
//! - [`matrix`]: which services can be used in which region.
//! - [`lamps`]: whether regions answer and take the credentials, looked after in the background.
//! - [`former`]: credentials that others took the place of.
//! - [`losses`]: what goes with a connected account that is deleted.
//! - `letters`: what owners are told by mail.

pub mod connection;
pub mod discovery;
pub mod endpoint;
pub mod former;
pub mod generated;
pub mod holder;
pub mod inputs;
pub mod installation;
pub mod lamps;
mod letters;
pub mod losses;
pub mod matrix;
pub mod operations;
mod parallel;
pub mod prerequisites;
pub mod provider;
pub mod refusal;
pub mod shown;
pub mod source;
pub mod ssh_keys;
pub mod stored;
pub mod workload;
