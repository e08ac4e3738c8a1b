//! SSH public keys of users.

use crate::access_key::KeyStatus;
use crate::id::AccountId;
use crate::time::Timestamp;

/// An SSH public key of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshPublicKey {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its unique id, `APKA…`.
    pub id: String,
    /// The unique id of the user it belongs to.
    pub user_id: String,
    /// The key as it was uploaded.
    pub body: String,
    /// SHA-256 of the key itself: what it is known by, however it was written.
    pub digest: Vec<u8>,
    /// Active or inactive.
    pub status: KeyStatus,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
}
