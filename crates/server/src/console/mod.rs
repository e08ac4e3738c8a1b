//! The console: pages for people, made on the server.
//!
//! A page calls the operations of the API in the name of whoever is signed in ([`visit`]) and shows what they answer;
//! it holds no rules of its own. Everything works without a script; htmx replaces parts that a full load would give
//! too.
//!
//! - [`door`]: which requests are let in, and how pages leave.
//! - [`visit`]: a request for a page, and the operations it asks.
//! - [`look`]: reading what operations answer.
//! - [`frame`]: what stands around every page; [`said`]: what it says of what was just done.
//! - [`live`]: pages that follow what they show.
//! - [`pages`]: the pages, a folder or file for each part of the console.

mod answer;
mod asset;
mod door;
mod frame;
mod live;
mod look;
mod pages;
mod said;
mod time;
mod visit;

pub(crate) use door::Console;
