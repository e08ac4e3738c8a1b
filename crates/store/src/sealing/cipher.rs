//! AES-256-GCM-SIV with a drawn nonce in front. Should a nonce ever be drawn twice, this mode shows only
//! whether two secrets are equal.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use keystead_core::{Rng, SecretBytes};
use zeroize::Zeroizing;

use crate::error::{Result, StoreError};

/// How long a key is, in bytes.
pub(super) const KEY_LENGTH: usize = 32;
/// How much longer a sealed value is than the plain one: nonce and tag.
pub(super) const OVERHEAD: usize = NONCE_LEN + 16;

/// A key made ready for use.
pub(super) struct Cipher(LessSafeKey);

impl Cipher {
    pub(super) fn new(key: &[u8]) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, key)
            .map_err(|_| StoreError::Sealed(format!("a key has {KEY_LENGTH} bytes, not {}", key.len())))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    pub(super) fn seal(&self, place: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill(&mut nonce);
        // The plain text is copied once, into the buffer that becomes the cipher text.
        let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + OVERHEAD));
        body.extend_from_slice(plain);
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut *body)
            .map_err(|_| StoreError::Sealed("the cipher refused to seal".to_owned()))?;
        Ok([&nonce, body.as_slice()].concat())
    }

    pub(super) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<SecretBytes> {
        let refused = || StoreError::Sealed("a sealed value does not open in its place".to_owned());
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(refused)?;
        let mut body = Zeroizing::new(body.to_vec());
        let plain = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut body)
            .map_err(|_| refused())?;
        Ok(SecretBytes::new(plain.to_vec()))
    }
}
