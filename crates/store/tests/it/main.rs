//! The store on both engines: what a commit is, what opening checks, and every statement of every
//! repository.

mod commits;
mod failures;
mod opening;
mod repositories;
mod samples;
