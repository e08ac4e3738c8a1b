//! Percent-encoding as AWS reads and writes it (RFC 3986, with `+` for a space in forms).

use crate::error::{Fault, Result};

/// Refuses broken escapes, in AWS's words.
pub(crate) fn check(text: &[u8]) -> Result<()> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'%', rest) {
        rest = match rest.get(at + 1..) {
            Some([high, low, tail @ ..]) if nibble(*high).is_some() && nibble(*low).is_some() => tail,
            Some([high, low, ..]) => {
                let pair = String::from_utf8_lossy(&[*high, *low]).into_owned();
                return Err(Fault::MalformedQueryString(format!(
                    "Illegal hex character in escape % pattern: %{pair}"
                )));
            }
            Some(_) | None => {
                return Err(Fault::MalformedQueryString("Incomplete trailing escape % sequence".to_owned()));
            }
        };
    }
    Ok(())
}

/// The bytes a form-encoded text stands for. A broken escape stands for itself: [`check`] comes first.
pub(crate) fn decoded(text: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (byte, tail) = match rest {
            [b'%', high, low, tail @ ..] => match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, tail),
                _ => (b'%', rest.get(1..).unwrap_or_default()),
            },
            [b'+', tail @ ..] => (b' ', tail),
            [byte, tail @ ..] => (*byte, tail),
            [] => return None,
        };
        rest = tail;
        Some(byte)
    })
}

/// The text that an escaped one stands for, as IAM's answers hold policy documents.
pub fn decode(text: &str) -> String {
    String::from_utf8_lossy(&decoded(text).collect::<Vec<_>>()).into_owned()
}

/// The three characters that stand for a byte that is not [`unreserved`].
pub(crate) const fn escape(byte: u8) -> [u8; 3] {
    const fn digit(nibble: u8) -> u8 {
        if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 }
    }
    [b'%', digit(byte >> 4), digit(byte & 15)]
}

/// Whether a byte stands for itself in every encoding of AWS.
pub(crate) const fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Encodes everything that is not unreserved, as policy documents in replies are.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3 / 2);
    for byte in text.bytes() {
        if unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.extend(escape(byte).map(char::from));
        }
    }
    out
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_escapes_are_named() {
        let text = |query: &str| match check(query.as_bytes()) {
            Err(Fault::MalformedQueryString(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text("a=%2"), "Incomplete trailing escape % sequence");
        assert_eq!(text("a=%"), "Incomplete trailing escape % sequence");
        assert_eq!(text("a=%zz&b"), "Illegal hex character in escape % pattern: %zz");
        assert_eq!(check(b"a=%2F%2f"), Ok(()));
    }

    #[test]
    fn decoding_undoes_encoding() {
        let all: String = (0..=255).map(char::from).collect();
        assert_eq!(decoded(&encode(&all)).collect::<Vec<_>>(), all.as_bytes());
        assert_eq!(decoded("a+b%zz%").collect::<Vec<_>>(), b"a b%zz%");
    }
}
