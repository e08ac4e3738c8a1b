//! The seeded simulator of rotation: the real policy and the real runner against a world that fails.
//!
//! [`run()`] draws a [`scenario`] from a seed and plays it event by event in simulated time. The
//! [`model`] holds what is true; [`ports`] shows the runner what a real world would show of it, with lag,
//! lost answers, throttling, gaps and crashes. [`consumer`] plays the applications, [`people`] operators
//! and outsiders. [`check`] says after every event what must never be. [`sabotage`] breaks the policy on
//! purpose, so that each checker has been seen to fail.

pub mod check;
pub mod consumer;
pub mod model;
pub mod people;
pub mod ports;
pub mod rng;
pub mod run;
pub mod sabotage;
pub mod scenario;

pub use check::{Checker, Violation};
pub use run::{Report, run, run_scenario};
pub use sabotage::Sabotage;

/// Half of a run is allocation: of the documents, which the runner reads and writes whole.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
