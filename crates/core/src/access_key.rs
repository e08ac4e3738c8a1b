//! Access keys: how they are made, their life cycle, and the rule of two.
//!
//! A secret has the shape AWS's have (40 characters), so every scanner knows it as one. Its last six
//! characters are a checksum over the installation, the key id and the rest: with it `keystead` can say
//! offline that a string found somewhere is a secret of this installation, with no false alarms.

use crate::id::{AccessKeyId, AccountId};
use crate::rng::{BASE62, Rng};
use crate::secret::SecretString;
use crate::time::Timestamp;

/// Whether a key is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum KeyStatus {
    /// Requests signed with it are accepted.
    Active,
    /// Kept, counted towards the quota, and refused; can be made active again.
    Inactive,
}

impl KeyStatus {
    /// The word on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }

    /// The reverse of [`KeyStatus::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Active" => Some(Self::Active),
            "Inactive" => Some(Self::Inactive),
            _ => None,
        }
    }
}

/// An access key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// The account it belongs to.
    pub account: AccountId,
    /// The unique id of the user it belongs to, or the account's number for a root key.
    pub owner_id: String,
    /// Active or inactive.
    pub status: KeyStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Letters of a secret: those of base64 without padding, which every scanner's rule for AWS secrets covers.
const SECRET_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SECRET_RANDOM: usize = 34;
const SECRET_CHECKSUM: usize = 6;
/// How long a secret access key is, in characters.
pub const SECRET_LENGTH: usize = SECRET_RANDOM + SECRET_CHECKSUM;

/// A key as it is drawn, before it is stored: the only moment at which id and secret are together.
#[derive(Debug, Clone)]
pub struct NewAccessKey {
    /// The id.
    pub id: AccessKeyId,
    /// The secret.
    pub secret: SecretString,
}

impl NewAccessKey {
    /// Draws an id for `account` and a secret of about 204 random bits, checksummed for this installation.
    pub fn generate(account: AccountId, installation: &str, rng: &dyn Rng) -> Self {
        Self::with_id(AccessKeyId::generate(account, rng), installation, rng)
    }

    /// Draws the key of a session that acts in `account`, with such a secret.
    pub fn generate_session(account: AccountId, installation: &str, rng: &dyn Rng) -> Self {
        Self::with_id(AccessKeyId::generate_session(account, rng), installation, rng)
    }

    fn with_id(id: AccessKeyId, installation: &str, rng: &dyn Rng) -> Self {
        let random = rng.text(SECRET_RANDOM, SECRET_ALPHABET);
        let sum = checksum(installation, id, &random);
        Self { id, secret: SecretString::new(random + &sum) }
    }
}

/// Whether `secret` was made by this installation for key `id`. Needs no storage and tells nothing secret.
pub fn is_own_secret(installation: &str, id: AccessKeyId, secret: &str) -> bool {
    match (secret.get(..SECRET_RANDOM), secret.get(SECRET_RANDOM..)) {
        (Some(random), Some(sum)) => checksum(installation, id, random) == sum,
        _ => false,
    }
}

/// CRC-32 in six characters of base 62. Not cryptography: it sorts out strings that merely look alike.
fn checksum(installation: &str, id: AccessKeyId, random: &str) -> String {
    let mut crc = crc32fast::Hasher::new();
    for part in [installation, &id.to_string(), random] {
        crc.update(part.as_bytes());
        crc.update(&[0]);
    }
    let mut value = crc.finalize() as usize;
    let mut digits = [0_u8; SECRET_CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.get(value % BASE62.len()).copied().unwrap_or(b'0');
        value /= BASE62.len();
    }
    digits.iter().map(|&d| char::from(d)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::tests::TestRng;

    #[test]
    fn a_secret_has_forty_characters_and_knows_its_installation() {
        let account = "123456789012".parse().unwrap();
        let key = NewAccessKey::generate(account, "marker", &TestRng::new(3));
        let secret = key.secret.expose();
        assert_eq!(secret.len(), SECRET_LENGTH);
        assert!(is_own_secret("marker", key.id, secret));
        assert!(!is_own_secret("other", key.id, secret));
        let other = NewAccessKey::generate(account, "marker", &TestRng::new(4));
        assert!(!is_own_secret("marker", other.id, secret));
        assert!(!is_own_secret("marker", key.id, &format!("x{}", &secret[1..])) || secret.starts_with('x'));
    }

    #[test]
    fn a_new_key_does_not_print_its_secret() {
        let key = NewAccessKey::generate("123456789012".parse().unwrap(), "m", &TestRng::new(5));
        assert!(!format!("{key:?}").contains(key.secret.expose().as_str()));
    }
}
