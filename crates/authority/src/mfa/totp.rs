//! Codes by time, RFC 6238: SHA-1, steps of 30 seconds, six digits, which is all that virtual devices know.

use std::ops::RangeInclusive;

use aws_lc_rs::hmac;
use keystead_core::{SecretBytes, Timestamp};

const STEP_SECONDS: i64 = 30;

/// A code of six digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(u32);

impl Code {
    /// From exactly six ASCII digits: a code that could be written in two ways could be shown twice.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let right = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
        right.then(|| text.parse().ok()).flatten().map(Self)
    }
}

/// A seed, ready to make codes.
pub(crate) struct Seed(hmac::Key);

impl Seed {
    pub(crate) fn new(bytes: &SecretBytes) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, bytes.expose()))
    }

    /// The code of a step. RFC 4226, section 5.3.
    fn code(&self, step: i64) -> Code {
        let tag = hmac::sign(&self.0, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[19] & 0xf);
        let bytes = [tag[offset], tag[offset + 1], tag[offset + 2], tag[offset + 3]];
        Code((u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000)
    }

    /// The newest of these steps that has this code.
    pub(crate) fn find(&self, code: Code, steps: RangeInclusive<i64>) -> Option<i64> {
        steps.rev().find(|step| self.code(*step) == code)
    }

    /// The newest of these steps that has the first code while the next step has the second.
    pub(crate) fn find_pair(&self, codes: [Code; 2], steps: RangeInclusive<i64>) -> Option<i64> {
        steps.rev().find(|step| self.code(*step) == codes[0] && self.code(step + 1) == codes[1])
    }
}

/// The step of an instant.
pub(crate) fn step_at(now: Timestamp) -> i64 {
    now.secs().div_euclid(STEP_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, of whose eight digits the last six are ours.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let seed = Seed::new(&SecretBytes::new(b"12345678901234567890".to_vec()));
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_at(Timestamp::from_secs(seconds));
            assert!(Some(seed.code(step)) == Code::parse(code), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_six_ascii_digits() {
        for text in
            ["", "12345", "1234567", "12345a", "+12345", " 12345", "12345\n", "１２３４５６", "12 345"]
        {
            assert!(Code::parse(text).is_none(), "{text}");
        }
        assert!(Code::parse("000007") == Some(Code(7)));
    }
}
