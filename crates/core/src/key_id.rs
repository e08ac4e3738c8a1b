//! The id of whatever is rotated: an access key, a signing certificate, a service-specific credential, or a
//! version of a stored credential.

use std::fmt;
use std::str::FromStr;

use crate::id::AccessKeyId;

/// The longest id: AWS's unique ids may have 128 characters, but those of credentials have 16 to 32.
const LENGTH_MAX: usize = 39;

/// An id of 1 to 39 letters, digits and `_-.:`, kept without allocation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId {
    bytes: [u8; LENGTH_MAX],
    length: u8,
}

/// A text that is no id of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of a key has 1 to 39 letters, digits or characters of _-.:")]
pub struct NotAKeyId;

impl KeyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// The same as an access key's id, if it is one.
    pub fn access_key(&self) -> Option<AccessKeyId> {
        self.as_str().parse().ok()
    }
}

impl FromStr for KeyId {
    type Err = NotAKeyId;

    fn from_str(text: &str) -> Result<Self, NotAKeyId> {
        let is_right = |b: u8| b.is_ascii_alphanumeric() || b"_-.:".contains(&b);
        if !(1..=LENGTH_MAX).contains(&text.len()) || !text.bytes().all(is_right) {
            return Err(NotAKeyId);
        }
        let mut bytes = [0; LENGTH_MAX];
        bytes.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        Ok(Self { bytes, length: text.len() as u8 })
    }
}

impl From<AccessKeyId> for KeyId {
    fn from(id: AccessKeyId) -> Self {
        // An access key's id has twenty letters and digits.
        id.to_string().parse().unwrap_or(Self { bytes: [0; LENGTH_MAX], length: 0 })
    }
}

impl TryFrom<String> for KeyId {
    type Error = NotAKeyId;

    fn try_from(text: String) -> Result<Self, NotAKeyId> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.as_str().to_owned()
    }
}

impl PartialEq<AccessKeyId> for KeyId {
    fn eq(&self, other: &AccessKeyId) -> bool {
        self.access_key() == Some(*other)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_id_is_kept_as_it_is_and_other_texts_are_refused() {
        for text in
            ["AKIAY34FZKBOKMUTVV7A", "ACCAEXAMPLE123EXAMPLE", "v12", "0123456789ABCDEF0123456789ABCDEF"]
        {
            assert_eq!(text.parse::<KeyId>().unwrap().to_string(), text);
        }
        let too_long = "x".repeat(LENGTH_MAX + 1);
        for text in ["", "a b", "é", &*too_long] {
            assert_eq!(text.parse::<KeyId>(), Err(NotAKeyId), "{text}");
        }
    }

    #[test]
    fn an_access_keys_id_is_found_again() {
        let id: AccessKeyId = "AKIAY34FZKBOKMUTVV7A".parse().unwrap();
        assert_eq!(KeyId::from(id).access_key(), Some(id));
        assert_eq!("v12".parse::<KeyId>().unwrap().access_key(), None);
    }
}
