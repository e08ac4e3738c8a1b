//! Sealing: how secrets lie in the database.
//!
//! A secret is sealed with AES-256-GCM-SIV under a data key; data keys lie beside it, wrapped by the
//! master key, which does not. The associated data binds a sealed value to its [`Place`], so that one
//! moved to another tenant, table, row, column or version does not open there. That a whole row was put
//! back to an earlier state is not seen here but in the audit chain.

mod cipher;
mod data_keys;
mod master_key;

use std::fmt;
use std::sync::Arc;

use keystead_core::{AccountId, Rng, SecretBytes};

pub(crate) use data_keys::load_or_create;
pub(crate) use master_key::FileMasterKey;
pub use master_key::MasterKey;

use crate::error::{Result, StoreError};
use cipher::Cipher;

/// Where a sealed value belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The account whose secret it is.
    pub tenant: AccountId,
    /// The table it lies in.
    pub table: &'static str,
    /// The key of its row, in one text.
    pub row: String,
    /// The column it lies in.
    pub column: &'static str,
    /// Counts values that follow one another in the same place; 1 where they never do.
    pub version: u64,
}

impl Place {
    /// The place in bytes. Each part carries its length, so that no two places give the same bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(96);
        for part in [&self.tenant.to_string(), self.table, &self.row, self.column] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes.extend(self.version.to_be_bytes());
        bytes
    }
}

/// A sealed value: one byte of format, four of the data key's number, then nonce, cipher text and tag.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// A sealed value as it was read.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to write.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

const FORMAT: u8 = 1;
const HEAD: usize = 5;

/// Seals and opens. Clones share the keys.
#[derive(Clone)]
pub struct Sealer(Arc<Vec<DataKey>>);

/// An unwrapped data key.
struct DataKey {
    number: u32,
    cipher: Cipher,
}

impl Sealer {
    /// From data keys in order of their numbers; the last one seals, all open.
    fn new(keys: Vec<DataKey>) -> Self {
        Self(Arc::new(keys))
    }

    /// Seals a secret for its place.
    pub fn seal(&self, place: &Place, plain: &[u8], rng: &dyn Rng) -> Result<Sealed> {
        let key = self.0.last().ok_or_else(|| StoreError::Sealed("there is no data key".to_owned()))?;
        let mut sealed = Vec::with_capacity(HEAD + plain.len() + cipher::OVERHEAD);
        sealed.push(FORMAT);
        sealed.extend(key.number.to_be_bytes());
        sealed.extend(key.cipher.seal(&place.to_bytes(), plain, rng)?);
        Ok(Sealed(sealed))
    }

    /// Opens what was sealed for this place and no other.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<SecretBytes> {
        let (number, body) = match sealed {
            [FORMAT, a, b, c, d, body @ ..] => (u32::from_be_bytes([*a, *b, *c, *d]), body),
            _ => return Err(StoreError::Sealed("not a sealed value of a known format".to_owned())),
        };
        let key = self
            .0
            .iter()
            .find(|key| key.number == number)
            .ok_or_else(|| StoreError::Sealed(format!("there is no data key {number}")))?;
        key.cipher.open(&place.to_bytes(), body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRng;

    fn sealer() -> Sealer {
        let key = |number: u8| DataKey { number: number.into(), cipher: Cipher::new(&[number; 32]).unwrap() };
        Sealer::new(vec![key(1), key(2)])
    }

    fn place() -> Place {
        Place {
            tenant: "123456789012".parse().unwrap(),
            table: "access_keys",
            row: "AKIA".to_owned(),
            column: "secret_sealed",
            version: 7,
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealer = sealer();
        let sealed = sealer.seal(&place(), b"secret", &SeededRng::new(1)).unwrap();
        assert_eq!(sealer.open(&place(), sealed.as_bytes()).unwrap().expose(), b"secret");
        let others = [
            Place { tenant: "123456789013".parse().unwrap(), ..place() },
            Place { table: "custody_copies", ..place() },
            Place { row: "AKIB".to_owned(), ..place() },
            Place { column: "secret", ..place() },
            Place { version: 8, ..place() },
            Place { row: "AKIAs".to_owned(), column: "ecret_sealed", ..place() },
        ];
        for other in others {
            assert!(sealer.open(&other, sealed.as_bytes()).is_err(), "{other:?}");
        }
    }

    #[test]
    fn one_flipped_bit_anywhere_does_not_open() {
        let sealer = sealer();
        let sealed = sealer.seal(&place(), b"a secret of some length", &SeededRng::new(1)).unwrap();
        for bit in 0..sealed.as_bytes().len() * 8 {
            let mut flipped = sealed.as_bytes().to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open(&place(), &flipped).is_err(), "bit {bit}");
        }
        for length in 0..sealed.as_bytes().len() {
            assert!(sealer.open(&place(), &sealed.as_bytes()[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn equal_secrets_do_not_look_equal() {
        let rng = SeededRng::new(1);
        let sealer = sealer();
        assert_ne!(sealer.seal(&place(), b"x", &rng).unwrap(), sealer.seal(&place(), b"x", &rng).unwrap());
    }

    #[test]
    fn an_older_data_key_still_opens() {
        let old = Sealer::new(vec![DataKey { number: 1, cipher: Cipher::new(&[1; 32]).unwrap() }]);
        let sealed = old.seal(&place(), b"x", &SeededRng::new(1)).unwrap();
        assert_eq!(sealer().open(&place(), sealed.as_bytes()).unwrap().expose(), b"x");
    }
}
