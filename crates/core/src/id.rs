//! The identifiers AWS prints: account numbers, access key ids and unique ids.
//!
//! An access key id is a four-letter prefix and 80 bits in base32: a one, the account number in 40 bits,
//! and 39 random bits. So the account can be read off the id without asking anyone (GetAccessKeyInfo
//! does), and 39 bits make an id, never a secret.

use std::fmt;
use std::str::FromStr;

use crate::rng::{BASE32, Rng};

/// An identifier that does not have the form its kind has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not twelve decimal digits.
    #[error("an account id is 12 digits, for example 123456789012")]
    Account,
    /// Not `AKIA` or `ASIA` and sixteen characters of A to Z and 2 to 7.
    #[error("an access key id is AKIA or ASIA and 16 characters of A to Z and 2 to 7")]
    AccessKey,
}

/// The twelve-digit number of an account: the tenant of everything Keystead keeps.
/// In documents it is the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(u64);

impl AccountId {
    const MAX: u64 = 999_999_999_999;

    /// Draws an account number of twelve digits that does not start with 0.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(100_000_000_000 + rng.next_u64() % 900_000_000_000)
    }

    /// From a number of at most twelve digits.
    pub fn from_number(number: u64) -> Result<Self, IdError> {
        if number <= Self::MAX { Ok(Self(number)) } else { Err(IdError::Account) }
    }

    /// The number itself.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl TryFrom<String> for AccountId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.to_string()
    }
}

impl FromStr for AccountId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdError::Account);
        }
        text.parse().map(Self).map_err(|_| IdError::Account)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a key lives until it is deleted or belongs to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyPrefix {
    /// `AKIA`: a long-term key.
    LongTerm,
    /// `ASIA`: the key of a session.
    Session,
}

/// An access key id: 20 characters, kept as a prefix and 80 bits.
/// In documents it is the text AWS prints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessKeyId {
    prefix: KeyPrefix,
    bits: u128,
}

const TOP_BIT: u128 = 1 << 79;

impl AccessKeyId {
    /// Draws a long-term key id that carries `account`.
    pub fn generate(account: AccountId, rng: &dyn Rng) -> Self {
        Self::draw(KeyPrefix::LongTerm, account, rng)
    }

    /// Draws the key id of a session that acts in `account`.
    pub fn generate_session(account: AccountId, rng: &dyn Rng) -> Self {
        Self::draw(KeyPrefix::Session, account, rng)
    }

    fn draw(prefix: KeyPrefix, account: AccountId, rng: &dyn Rng) -> Self {
        let random = u128::from(rng.next_u64() & ((1 << 39) - 1));
        Self { prefix, bits: TOP_BIT | u128::from(account.number()) << 39 | random }
    }

    /// The account that the id carries, right or wrong; ids made before AWS encoded it carry none.
    pub fn account(self) -> Option<AccountId> {
        if self.bits & TOP_BIT == 0 {
            return None;
        }
        AccountId::from_number((self.bits >> 39 & ((1 << 40) - 1)) as u64).ok()
    }

    /// Long-term or session.
    pub const fn prefix(self) -> KeyPrefix {
        self.prefix
    }

    /// Prefix and bits in one number of 81 bits, for compact tables.
    pub const fn packed(self) -> u128 {
        match self.prefix {
            KeyPrefix::LongTerm => self.bits,
            KeyPrefix::Session => self.bits | 1 << 80,
        }
    }

    /// The reverse of [`AccessKeyId::packed`].
    pub const fn from_packed(packed: u128) -> Self {
        let prefix = if packed >> 80 & 1 == 0 { KeyPrefix::LongTerm } else { KeyPrefix::Session };
        Self { prefix, bits: packed & ((1 << 80) - 1) }
    }
}

impl FromStr for AccessKeyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (prefix, rest) = match text.as_bytes() {
            [b'A', b'K', b'I', b'A', rest @ ..] => (KeyPrefix::LongTerm, rest),
            [b'A', b'S', b'I', b'A', rest @ ..] => (KeyPrefix::Session, rest),
            _ => return Err(IdError::AccessKey),
        };
        if rest.len() != 16 {
            return Err(IdError::AccessKey);
        }
        let mut bits = 0;
        for &c in rest {
            let value = match c {
                b'A'..=b'Z' => c - b'A',
                b'2'..=b'7' => c - b'2' + 26,
                _ => return Err(IdError::AccessKey),
            };
            bits = bits << 5 | u128::from(value);
        }
        Ok(Self { prefix, bits })
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.prefix {
            KeyPrefix::LongTerm => "AKIA",
            KeyPrefix::Session => "ASIA",
        })?;
        for place in (0..16).rev() {
            let value = (self.bits >> (place * 5) & 31) as usize;
            f.write_str(BASE32.get(value..=value).and_then(|c| std::str::from_utf8(c).ok()).unwrap_or("A"))?;
        }
        Ok(())
    }
}

impl TryFrom<String> for AccessKeyId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<AccessKeyId> for String {
    fn from(id: AccessKeyId) -> Self {
        id.to_string()
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a unique id names, and so what it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UniqueIdKind {
    /// `AIDA`: an IAM user.
    User,
    /// `AGPA`: a group.
    Group,
    /// `AROA`: a role.
    Role,
    /// `AIPA`: an instance profile.
    InstanceProfile,
    /// `ANPA`: a managed policy.
    Policy,
    /// `APKA`: an SSH public key.
    SshPublicKey,
    /// `ASCA`: a server certificate.
    ServerCertificate,
    /// `ACCA`: a service-specific credential.
    ServiceSpecificCredential,
}

/// Draws a unique id: 21 characters, the first four of which name its kind.
/// Source: IAM User Guide, "IAM identifiers", unique ID prefixes.
pub fn unique_id(kind: UniqueIdKind, rng: &dyn Rng) -> String {
    let prefix = match kind {
        UniqueIdKind::User => "AIDA",
        UniqueIdKind::Group => "AGPA",
        UniqueIdKind::Role => "AROA",
        UniqueIdKind::InstanceProfile => "AIPA",
        UniqueIdKind::Policy => "ANPA",
        UniqueIdKind::SshPublicKey => "APKA",
        UniqueIdKind::ServerCertificate => "ASCA",
        UniqueIdKind::ServiceSpecificCredential => "ACCA",
    };
    format!("{prefix}{}", rng.text(17, BASE32))
}

/// Draws the id of a signing certificate, which has no prefix.
pub fn certificate_id(rng: &dyn Rng) -> String {
    rng.text(32, BASE32)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::Mutex;

    /// A small seeded generator (SplitMix64), enough for tests of this crate.
    pub(crate) struct TestRng(Mutex<u64>);

    impl TestRng {
        pub(crate) fn new(seed: u64) -> Self {
            Self(Mutex::new(seed))
        }
    }

    impl Rng for TestRng {
        fn fill(&self, buffer: &mut [u8]) {
            let mut state = self.0.lock().unwrap();
            for chunk in buffer.chunks_mut(8) {
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = *state;
                z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
                chunk.copy_from_slice(&(z ^ z >> 31).to_le_bytes()[..chunk.len()]);
            }
        }
    }

    #[test]
    fn known_ids_carry_their_account() {
        for (id, account) in
            [("AKIARZPUZDIKGB2VALC4", "123456789012"), ("ASIAY34FZKBOKMUTVV7A", "609629065308")]
        {
            let id: AccessKeyId = id.parse().unwrap();
            assert_eq!(id.account().unwrap().to_string(), account);
        }
    }

    #[test]
    fn a_generated_id_round_trips() {
        let account: AccountId = "123456789012".parse().unwrap();
        for seed in 0..200 {
            let id = AccessKeyId::generate(account, &TestRng::new(seed));
            assert_eq!(id.account(), Some(account));
            assert_eq!(id.to_string().parse::<AccessKeyId>(), Ok(id));
            assert_eq!(AccessKeyId::from_packed(id.packed()), id);
            assert_eq!(id.to_string().len(), 20);
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "",
            "AKIA",
            "AKIARZPUZDIKGB2VALC",
            "AKIARZPUZDIKGB2VALC41",
            "AKIARZPUZDIKGB2VALC1",
            "akiarzpuzdikgb2valc4",
            "AKIARZPUZDIKGB2VALÇ",
        ] {
            assert_eq!(text.parse::<AccessKeyId>(), Err(IdError::AccessKey), "{text}");
        }
        for text in ["", "12345678901", "1234567890123", "12345678901a", "+12345678901"] {
            assert_eq!(text.parse::<AccountId>(), Err(IdError::Account), "{text}");
        }
    }
}
