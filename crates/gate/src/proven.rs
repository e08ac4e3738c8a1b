//! What a caller proved who it is with.

use keystead_core::{AccessKeyId, KeyId};

/// An access key by whose secret a request was signed, or a certificate by whose private key a connection was
/// opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProvenBy {
    /// An access key, its id.
    AccessKey(AccessKeyId),
    /// A signing certificate, its id.
    Certificate(KeyId),
}

impl ProvenBy {
    /// The access key's id, if it is one.
    pub fn access_key(self) -> Option<AccessKeyId> {
        match self {
            Self::AccessKey(id) => Some(id),
            Self::Certificate(_) => None,
        }
    }

    /// The certificate's id, if it is one.
    pub fn certificate(self) -> Option<KeyId> {
        match self {
            Self::AccessKey(_) => None,
            Self::Certificate(id) => Some(id),
        }
    }
}

impl From<ProvenBy> for KeyId {
    fn from(proven: ProvenBy) -> Self {
        match proven {
            ProvenBy::AccessKey(id) => id.into(),
            ProvenBy::Certificate(id) => id,
        }
    }
}

impl From<KeyId> for ProvenBy {
    fn from(id: KeyId) -> Self {
        id.access_key().map_or(Self::Certificate(id), Self::AccessKey)
    }
}
