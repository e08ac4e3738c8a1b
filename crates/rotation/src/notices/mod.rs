//! Telling people of rotations: by letter and by signed calls.
//!
//! [`occasion`] finds in the journal what is worth telling, so that a notice is queued in the transaction that writes
//! the entry it tells of: whatever crashes, there is one exactly where there is a cause. [`text`] puts it into words,
//! [`addresses`] says whom, and [`outbox`] sends what is queued, again and again until it arrives or is given up. No
//! rotation waits for any of it.

pub mod addresses;
mod occasion;
pub mod outbox;
pub mod shown;
mod text;
