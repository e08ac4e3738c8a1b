//! The file of requests: for each its length, the status it must be answered with, and its bytes.

use std::{fs, io, path::Path};

/// Length and expected status, both little-endian.
const HEAD: usize = 4 + 2;

/// A request as it goes over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub expected: u16,
    pub bytes: &'a [u8],
}

/// All requests of a file, in one piece of memory.
pub struct Recording {
    data: Vec<u8>,
}

impl Recording {
    pub fn read(path: &Path) -> io::Result<Self> {
        let recording = Self { data: fs::read(path)? };
        if recording.requests().next().is_none() {
            return Err(io::Error::other(format!("no request in {}", path.display())));
        }
        Ok(recording)
    }

    /// The requests in order, once or for ever.
    pub fn in_order(&self, once: bool) -> Box<dyn Iterator<Item = Request<'_>> + '_> {
        if once { Box::new(self.requests()) } else { Box::new(self.requests().cycle()) }
    }

    fn requests(&self) -> Requests<'_> {
        Requests { rest: &self.data }
    }
}

#[derive(Clone)]
struct Requests<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Requests<'a> {
    type Item = Request<'a>;

    fn next(&mut self) -> Option<Request<'a>> {
        let (head, rest) = self.rest.split_at_checked(HEAD)?;
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let (bytes, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Request { expected: u16::from_le_bytes([head[4], head[5]]), bytes })
    }
}
