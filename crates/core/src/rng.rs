//! Chance as an argument: the operating system's source in the product, a seeded one in tests.

/// A source of random bytes, shared by reference between threads.
pub trait Rng: Send + Sync {
    /// Fills the whole buffer. A source that cannot is a reason to abort, never to go on with less.
    fn fill(&self, buffer: &mut [u8]);

    /// A number drawn evenly from all 64-bit numbers.
    fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// `length` characters drawn evenly from `alphabet` (1 to 256 ASCII characters).
    fn text(&self, length: usize, alphabet: &[u8]) -> String {
        let mut out = String::with_capacity(length);
        let size = alphabet.len().max(1);
        // Bytes past the last whole multiple of the alphabet's size are drawn again: no character is likelier.
        let limit = 256 - 256 % size;
        let mut buffer = [0_u8; 64];
        while out.len() < length {
            self.fill(&mut buffer);
            for byte in buffer.iter().map(|&b| usize::from(b)) {
                if byte < limit && out.len() < length {
                    out.extend(alphabet.get(byte % size).map(|&c| char::from(c)));
                }
            }
        }
        out
    }
}

/// Lower-case hexadecimal digits.
pub const HEX: &[u8] = b"0123456789abcdef";
/// The 62 letters and digits, in the order of base 62.
pub const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The base32 alphabet of AWS's identifiers (RFC 4648).
pub const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A version 4 UUID: request ids and row ids that name nothing else.
pub fn uuid(rng: &dyn Rng) -> String {
    let mut bytes = [0_u8; 16];
    rng.fill(&mut bytes);
    let value = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    // Every request draws one, so it is written digit by digit, which takes a tenth of the time `format!` does.
    let mut text = String::with_capacity(36);
    for place in (0..32).rev() {
        let digit = HEX.get((value >> (place * 4) & 15) as usize).copied().unwrap_or(b'0');
        text.push(char::from(digit));
        if matches!(place, 24 | 20 | 16 | 12) {
            text.push('-');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::tests::TestRng;

    #[test]
    fn text_uses_only_its_alphabet() {
        let rng = TestRng::new(1);
        let text = rng.text(1000, b"abc");
        assert_eq!(text.len(), 1000);
        assert!(text.bytes().all(|b| b"abc".contains(&b)));
        assert!(b"abc".iter().all(|c| text.bytes().filter(|b| b == c).count() > 250));
    }

    #[test]
    fn a_uuid_has_version_and_variant() {
        let text = uuid(&TestRng::new(2));
        assert_eq!(text.len(), 36);
        let parts: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&text[14..15], "4");
        assert!(b"89ab".contains(&text.as_bytes()[19]));
    }
}
