//! XML as the Query protocol uses it: a writer for replies, a reader for those of other services.

mod read;
mod write;

pub use read::{BYTES_MAX, DEPTH_MAX, Element, XmlError, read, read_items};
pub use write::{Writer, write_error, write_response};
