//! The signing key of a secret, a day, a region and a service.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::TERMINATOR;

/// A derived key: as secret as what it is derived from, but good for one scope only. Wiped when dropped.
///
/// It is kept as HMAC's two hashes with the key already in them, which spares every signature two of the ten
/// or so blocks it hashes.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Derives the key of a credential scope.
    pub fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let prefixed = Zeroizing::new([b"AWS4", secret.as_bytes()].concat());
        [date, region, service, TERMINATOR]
            .iter()
            .fold(Self::new(&prefixed), |key, part| Self::new(&*Zeroizing::new(key.mac(part.as_bytes()))))
    }

    fn new(key: &[u8]) -> Self {
        Self(Hmac::new((&*block(key)).into()))
    }

    /// HMAC-SHA256 under this key, to be given the text.
    pub(super) fn hmac(&self) -> Hmac<Sha256> {
        self.0.clone()
    }

    fn mac(&self, text: &[u8]) -> [u8; 32] {
        self.hmac().chain_update(text).finalize().into_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A key as the block HMAC works on (RFC 2104): padded with zeros, hashed first if it is longer.
fn block(key: &[u8]) -> Zeroizing<[u8; 64]> {
    let mut block = Zeroizing::new([0; 64]);
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
        let published =
            hex::decode("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9").unwrap();
        assert_eq!(key.mac(b"text"), SigningKey::new(&published).mac(b"text"));
        assert_eq!(format!("{key:?}"), "***");
    }
}
