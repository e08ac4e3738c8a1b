//! Rotation: replaces an access key without interrupting the applications that use it.
//!
//! [`machine`] is the whole policy, pure: a document, what was observed, and the one next thing to do.
//! [`runner`] writes every intent into the journal before it does that one thing, behind the traits of
//! [`world`]. [`receipt`] is what remains: every piece of evidence with its time and source, chained by
//! hash. [`profile`] holds the durations, [`schedule`] and [`plan`] when a rotation begins unasked. Nothing here
//! reads a clock or speaks to a network. [`embedded`] is that world at the embedded authority, [`delivery`] writes
//! keys to where consumers read them, and `operations/` is what people and consumers ask of it.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod calendar;
pub mod compliance;
pub mod consumer;
pub mod consumer_map;
pub mod delivery;
pub mod embedded;
pub mod frozen;
pub mod hand_over;
pub mod import;
pub mod key_pair;
pub mod leaks;
pub mod machine;
pub mod managed;
pub mod notices;
pub mod operations;
pub mod plan;
pub mod planned;
pub mod profile;
pub mod receipt;
pub mod recognised;
pub mod runner;
pub mod schedule;
pub mod service_login;
pub mod shown;
pub mod steady;
pub mod strength;
pub mod targets;
pub mod urgency;
pub mod world;

pub use machine::{Action, Effect, Observation, Rotation, State, Step, explain, step};
pub use profile::Profile;
pub use receipt::Receipt;
pub use runner::Runner;
