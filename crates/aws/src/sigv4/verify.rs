//! Is it the right time, and is it the right signature.

use std::time::Duration;

use keystead_core::Timestamp;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::canonical::{Hashing, Sink, write_request};
use super::{ALGORITHM, Form, Payload, Presented, Request, SigningKey, TERMINATOR};
use crate::error::{Fault, Result};

/// The longest life of a presigned request: a week.
const PRESIGNED_S_MAX: u32 = 604_800;

/// Refuses what was signed too long ago, lies in the future, or has expired.
pub fn check_date(presented: &Presented<'_>, now: Timestamp, window: Duration) -> Result<()> {
    let life = match presented.form {
        Form::Header => window,
        Form::Presigned { expires_s: expires_s @ 1..=PRESIGNED_S_MAX } => {
            Duration::from_secs(expires_s.into())
        }
        Form::Presigned { expires_s: _ } => {
            return Err(Fault::IncompleteSignature(format!(
                "X-Amz-Expires must be a number of seconds from 1 to {PRESIGNED_S_MAX}."
            )));
        }
    };
    let (signed_at, earliest, latest) = (presented.signed_at, now.minus(life), now.plus(window));
    // Requests are dated in whole seconds; so is the window.
    let refusal = if signed_at < earliest.whole_second() {
        format!(
            "expired: {} is now earlier than {} ({} - {})",
            signed_at.to_basic(),
            earliest.to_basic(),
            now.to_basic(),
            span(life)
        )
    } else if signed_at > latest {
        format!(
            "not yet current: {} is still later than {} ({} + {})",
            signed_at.to_basic(),
            latest.to_basic(),
            now.to_basic(),
            span(window)
        )
    } else {
        return Ok(());
    };
    Err(Fault::SignatureRefused(format!("Signature {refusal}")))
}

/// `15 min.`, as AWS words it; other clocks than AWS's may need seconds.
fn span(duration: Duration) -> String {
    match duration.as_secs() {
        secs if secs % 60 == 0 => format!("{} min.", secs / 60),
        secs => format!("{secs} sec."),
    }
}

/// Verifies the signature of a request. In the common case nothing is allocated.
pub fn verify(
    request: &Request<'_>,
    presented: &Presented<'_>,
    payload: &Payload<'_>,
    key: &SigningKey,
) -> Result<()> {
    let payload_hash = payload_hash(request, payload)?;
    let mut canonical = Hashing::new(Sha256::default());
    write_request(&mut canonical, request, presented.service, &presented.signed_headers, &payload_hash);
    let mut to_sign = Hashing::new(key.hmac());
    write_to_sign(&mut to_sign, presented.signed_at, scope(presented), canonical.finish());
    if are_equal(&to_sign.finish(), &presented.signature) {
        Ok(())
    } else {
        Err(Fault::SignatureDoesNotMatch)
    }
}

/// Compares in constant time, eight bytes at once.
fn are_equal(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let [one, other] = [one, other].map(|hash| hash.as_chunks::<8>().0);
    let pairs = one.iter().zip(other).map(|(a, b)| u64::from_ne_bytes(*a).ct_eq(&u64::from_ne_bytes(*b)));
    pairs.fold(Choice::from(1), |equal, pair| equal & pair).into()
}

fn scope<'p>(presented: &Presented<'p>) -> [&'p str; 3] {
    [presented.date, presented.region, presented.service]
}

/// What a signature is made over, for people who look for the difference: the canonical request and the
/// string to sign.
pub fn explain(
    request: &Request<'_>,
    presented: &Presented<'_>,
    payload: &Payload<'_>,
) -> Result<(String, String)> {
    let payload_hash = payload_hash(request, payload)?;
    let mut canonical = Vec::new();
    write_request(&mut canonical, request, presented.service, &presented.signed_headers, &payload_hash);
    let hash = Sha256::digest(&canonical).into();
    let mut to_sign = Vec::new();
    write_to_sign(&mut to_sign, presented.signed_at, scope(presented), hash);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok((text(canonical), text(to_sign)))
}

/// Writes the string to sign.
pub(super) fn write_to_sign(
    sink: &mut impl Sink,
    signed_at: Timestamp,
    [date, region, service]: [&str; 3],
    canonical: [u8; 32],
) {
    for part in [
        ALGORITHM.as_bytes(),
        b"\n",
        &basic(signed_at),
        b"\n",
        date.as_bytes(),
        b"/",
        region.as_bytes(),
        b"/",
        service.as_bytes(),
        b"/",
        TERMINATOR.as_bytes(),
        b"\n",
        &hex_digits(canonical),
    ] {
        sink.put(part);
    }
}

/// What the client says of its payload.
enum ContentSha256<'a> {
    /// No `x-amz-content-sha256`: the hash of the body is what was signed.
    Absent,
    /// The hash of the body.
    Hash(&'a [u8; 64]),
    /// `UNSIGNED-PAYLOAD`, `STREAMING-…` and whatever comes next: not supported, hence refused.
    Unsupported,
}

impl<'a> ContentSha256<'a> {
    fn of(request: &Request<'a>) -> Self {
        match request.header("x-amz-content-sha256").next().map(<&[u8; 64]>::try_from) {
            None => Self::Absent,
            Some(Ok(digits)) if digits.iter().all(u8::is_ascii_hexdigit) => Self::Hash(digits),
            Some(_) => Self::Unsupported,
        }
    }
}

/// The hexadecimal hash that stands for the payload in the canonical request.
fn payload_hash(request: &Request<'_>, payload: &Payload<'_>) -> Result<[u8; 64]> {
    let body = match payload {
        Payload::Body(body) => Some(*body),
        Payload::NotForwarded => None,
    };
    match (ContentSha256::of(request), body) {
        (ContentSha256::Absent, body) => Ok(hex_digits(Sha256::digest(body.unwrap_or_default()).into())),
        (ContentSha256::Hash(digits), None) => Ok(*digits),
        (ContentSha256::Hash(digits), Some(body)) => {
            let hash = hex_digits(Sha256::digest(body).into());
            if digits.eq_ignore_ascii_case(&hash) { Ok(*digits) } else { Err(Fault::SignatureDoesNotMatch) }
        }
        (ContentSha256::Unsupported, _) => Err(Fault::IncompleteSignature(
            "The value of 'x-amz-content-sha256' must be the SHA-256 of the body in hexadecimal digits; no other form is \
             supported."
                .to_owned(),
        )),
    }
}

/// `20141010T143751Z` without an allocation.
fn basic(at: Timestamp) -> [u8; 16] {
    let c = at.civil();
    let digit = |number: u32| b'0' + (number % 10) as u8;
    let two = |number: u32| [digit(number / 10), digit(number)];
    let year = c.year as u32;
    let [[y1, y2], [y3, y4]] = [two(year / 100), two(year)];
    let [[m1, m2], [d1, d2], [h1, h2], [n1, n2], [s1, s2]] =
        [c.month, c.day, c.hour, c.minute, c.second].map(|number| two(number.into()));
    [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z']
}

/// A hash in lower-case hexadecimal digits.
pub(super) fn hex_digits(hash: [u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(hash) {
        *pair = HEX_PAIRS.get(usize::from(byte)).copied().unwrap_or_default();
    }
    digits
}

/// The two digits of each byte: looking them up is several times as fast as computing them.
#[expect(clippy::indexing_slicing, reason = "evaluated when compiled")]
const HEX_PAIRS: [[u8; 2]; 256] = {
    const fn digit(nibble: u8) -> u8 {
        if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
    }
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digit(byte as u8 >> 4), digit(byte as u8 & 15)];
        byte += 1;
    }
    pairs
};
