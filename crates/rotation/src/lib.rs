//! Rotation: replaces an access key without interrupting the applications that use it.
//!
//! [`machine`] is the whole policy, pure: a document, what was observed, and the one next thing to do.
//! [`runner`] writes every intent into the journal before it does that one thing, behind the traits of
//! [`world`]. [`receipt`] is what remains: every piece of evidence with its time and source, chained by
//! hash. [`profile`] holds the durations. Nothing here reads a clock or speaks to a network. [`embedded`]
//! is that world at the embedded authority, and `operations/` is what people and consumers ask of it.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod consumer;
pub mod embedded;
pub mod machine;
pub mod managed;
pub mod operations;
pub mod profile;
pub mod receipt;
pub mod runner;
pub mod shown;
pub mod steady;
pub mod world;

pub use machine::{Action, Effect, Observation, Rotation, State, Step, explain, step};
pub use profile::Profile;
pub use receipt::Receipt;
pub use runner::Runner;
