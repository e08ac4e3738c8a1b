//! The signing key of a secret, a day, a region and a service.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::TERMINATOR;

/// A derived key: as secret as what it is derived from, but good for one scope only. Wiped when dropped.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    /// Derives the key of a credential scope.
    pub fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let prefixed = Zeroizing::new([b"AWS4", secret.as_bytes()].concat());
        let first = Self(mac(&prefixed, &[date.as_bytes()]));
        [region, service, TERMINATOR].iter().fold(first, |key, part| Self(key.mac(&[part.as_bytes()])))
    }

    /// HMAC-SHA256 of the parts, one after the other.
    pub(super) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.0, parts)
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new(&block(key).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A key as the block HMAC works on (RFC 2104): padded with zeros, hashed first if it is longer.
fn block(key: &[u8]) -> [u8; 64] {
    let mut block = [0; 64];
    match block.get_mut(..key.len()) {
        Some(start) => start.copy_from_slice(key),
        None => block.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from),
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of AWS's page "Create a signed AWS API request".
    #[test]
    fn the_published_example_is_derived() {
        let key =
            SigningKey::derive("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam");
        assert_eq!(hex::encode(key.0), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
        assert_eq!(format!("{key:?}"), "***");
    }
}
