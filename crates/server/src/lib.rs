//! Listeners, routes, workers and outgoing connections: the only crate that speaks HTTP as a server.
//!
//! - [`listener`]: the sockets, TLS, and the accept loop.
//! - [`route`]: which path is whose.
//! - `issuer`: what accounts publish for others to verify their tokens with.
//! - [`verify`]: the adapters for services that ask who signed a request.
//! - [`admin`]: health, readiness and metrics, on an address of their own.
//! - `console`: pages for people, with their templates in `templates/` and their files in `assets/`.
//! - [`worker`]: what happens on a timer; [`rotation`]: the turn that advances rotations; `leader`:
//!   which of several servers does; `clouds`: the turns that
//!   look after connected accounts.
//! - [`mail`]: how letters leave; `metrics`: what is counted and measured, for the admin listener.
//! - [`outgoing`]: calls to others, for code that is not asynchronous; `fetch`: documents from addresses that
//!   tenants gave.
//! - [`run`]: all of it together, from start to clean stop.

pub mod admin;
mod clouds;
mod console;
mod fetch;
mod hand_over;
mod issuer;
mod leader;
mod leaks;
pub mod listener;
pub mod mail;
mod metrics;
pub mod outgoing;
pub mod query_client;
pub mod rotation;
pub mod route;
pub mod run;
pub mod verify;
pub mod worker;

pub use listener::{Bound, ListenError, TlsFiles};
pub use run::run;
