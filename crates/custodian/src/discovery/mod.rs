//! Discovery: what there is in a connected account, list by list: one kind of resource in one region each.
//!
//! - [`schedule`]: which discovery is done when, and how many at once.
//! - `run`: one discovery from its plan to its end.
//! - `reading`: reading one list, within bounds whatever the cloud answers, and comparing it with what is known.
//! - [`shown`]: how the API shows it.
//! - [`known`]: resources as they are stored, compared and searched.
//!
//! A list is compared with what is stored of it, whoever saw that; that something is gone, only a list that was read
//! to its end says, and what is in a list that was never read to its end before is no change.

pub mod known;
mod reading;
mod run;
pub mod schedule;
pub mod shown;

pub use schedule::{Discoverer, request};

/// The region of what an account has once.
pub const GLOBAL: &str = "global";
