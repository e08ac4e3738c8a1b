//! The canonical request: one text for one meaning, written piece by piece into a hash.

use std::cmp::Ordering;

use sha2::digest::typenum::U32;
use sha2::digest::{FixedOutput, Update};
use smallvec::SmallVec;

use super::Request;
use super::split::split;
use crate::percent;

/// Where a canonical request is written: a hash, or a text to look at.
pub(super) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

/// A hash, keyed or not, that takes many small pieces: they are gathered first, which halves the cost.
pub(super) struct Hashing<H> {
    hash: H,
    gathered: [u8; 512],
    length: usize,
}

impl<H: Update + FixedOutput<OutputSize = U32>> Hashing<H> {
    pub(super) fn new(hash: H) -> Self {
        Self { hash, gathered: [0; 512], length: 0 }
    }

    /// The hash of all that was put in.
    pub(super) fn finish(mut self) -> [u8; 32] {
        self.flush();
        self.hash.finalize_fixed().into()
    }
}

impl<H: Update> Hashing<H> {
    fn flush(&mut self) {
        self.hash.update(self.gathered.get(..self.length).unwrap_or_default());
        self.length = 0;
    }

    /// Takes a piece for which there is no room. Out of line, so that [`Sink::put`] stays small enough to inline.
    #[cold]
    #[inline(never)]
    fn put_past(&mut self, bytes: &[u8]) {
        self.flush();
        self.hash.update(bytes);
    }
}

impl<H: Update> Sink for Hashing<H> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(room) = self.gathered.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
            self.length = end;
        } else {
            self.put_past(bytes);
        }
    }
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Writes the canonical request.
pub(super) fn write_request(
    sink: &mut impl Sink,
    request: &Request<'_>,
    service: &str,
    signed_headers: &str,
    payload_hash: &[u8],
) {
    sink.put(request.method.as_bytes());
    sink.put(b"\n");
    write_path(sink, request.path, service);
    sink.put(b"\n");
    write_query(sink, request.query);
    sink.put(b"\n");
    for name in split(signed_headers, b';') {
        sink.put(name.as_bytes());
        sink.put(b":");
        write_folded(sink, request.header(name).next().unwrap_or_default());
        sink.put(b"\n");
    }
    sink.put(b"\n");
    sink.put(signed_headers.as_bytes());
    sink.put(b"\n");
    sink.put(payload_hash);
}

/// S3 signs the path as it is sent. Every other service signs it normalised and encoded once more.
fn write_path(sink: &mut impl Sink, path: &str, service: &str) {
    if service == "s3" || path == "/" {
        return sink.put(path.as_bytes());
    }
    let segments = normalised(path).unwrap_or_default();
    for segment in &segments {
        sink.put(b"/");
        write_encoded(sink, segment.bytes());
    }
    if segments.is_empty() || path.ends_with('/') {
        sink.put(b"/");
    }
}

/// The segments of a path without empty ones, `.` and `..`; `None` if it climbs above the root.
pub(super) fn normalised(path: &str) -> Option<SmallVec<[&str; 16]>> {
    let mut segments = SmallVec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()?),
            name => segments.push(name),
        }
    }
    Some(segments)
}

/// The parameters in the order of their encoded bytes. `X-Amz-Signature` cannot sign itself.
fn write_query(sink: &mut impl Sink, query: &str) {
    let mut pairs: SmallVec<[(&str, &str); 16]> =
        pairs(query).filter(|(name, _)| !percent::decoded(name).eq(*b"X-Amz-Signature")).collect();
    pairs.sort_unstable_by(|a, b| encoded_order(a.0, b.0).then_with(|| encoded_order(a.1, b.1)));
    for (nth, (name, value)) in pairs.iter().enumerate() {
        if nth > 0 {
            sink.put(b"&");
        }
        write_encoded(sink, percent::decoded(name));
        sink.put(b"=");
        write_encoded(sink, percent::decoded(value));
    }
}

/// The raw names and values of a query.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Orders two texts as their encodings would be: an escape begins with `%`, which is less than every
/// unreserved character, and among escapes the hexadecimal digits are in the order of the bytes.
fn encoded_order(a: &str, b: &str) -> Ordering {
    let rank = |byte| (percent::unreserved(byte), byte);
    percent::decoded(a).map(rank).cmp(percent::decoded(b).map(rank))
}

fn write_encoded(sink: &mut impl Sink, bytes: impl Iterator<Item = u8>) {
    for byte in bytes {
        if percent::unreserved(byte) {
            sink.put(&[byte]);
        } else {
            sink.put(&percent::escape(byte));
        }
    }
}

/// A header value without white space around it, and with one space for each run of it inside.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a lazy operator is a way out, and the loop is not vectorised"
)]
fn write_folded(sink: &mut impl Sink, value: &[u8]) {
    let value = value.trim_ascii();
    // Nearly every value is written as it is. Loops that look at all of it, without a way out, are vectorised.
    let has_other_space = value.iter().fold(false, |found, byte| found | matches!(byte, b'\t'..=b'\r'));
    let neighbours = value.iter().zip(value.get(1..).unwrap_or_default());
    let has_run = neighbours.fold(false, |found, (byte, next)| found | (*byte == b' ') & (*next == b' '));
    if !has_other_space && !has_run {
        return sink.put(value);
    }
    let words = value.split(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).filter(|word| !word.is_empty());
    for (nth, word) in words.enumerate() {
        if nth > 0 {
            sink.put(b" ");
        }
        sink.put(word);
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn a_query_is_encoded_anew_and_sorted_by_its_encoding() {
        let mut canonical = Vec::new();
        write_query(&mut canonical, "b=1&a%7eb=2&a%2cb=3&a+b=4&%61=5&&X-Amz-Signature=6&c&c==");
        assert_eq!(canonical.escape_ascii().to_string(), "a=5&a%20b=4&a%2Cb=3&a~b=2&b=1&c=&c=%3D");
    }

    #[test]
    fn runs_of_white_space_become_one_space() {
        for (value, folded) in [
            ("", ""),
            ("  ", ""),
            ("a", "a"),
            (" a b ", "a b"),
            ("a  b", "a b"),
            ("a\tb", "a b"),
            ("a \x0b b", "a b"),
            ("\x0ba\x0b", "a"),
        ] {
            let mut canonical = Vec::new();
            write_folded(&mut canonical, value.as_bytes());
            assert_eq!(canonical.escape_ascii().to_string(), folded, "{value:?}");
        }
    }

    #[test]
    fn pieces_longer_than_the_buffer_are_hashed_in_order() {
        let mut hashing = Hashing::new(Sha256::default());
        let pieces: [&[u8]; 4] = [b"a", &[b'b'; 511], &[b'c'; 2000], b"d"];
        for piece in pieces {
            hashing.put(piece);
        }
        assert_eq!(hashing.finish(), <[u8; 32]>::from(Sha256::digest(pieces.concat())));
    }
}
