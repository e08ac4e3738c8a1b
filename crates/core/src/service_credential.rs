//! Service-specific credentials: a name and a password that a user has for one service.

use crate::access_key::KeyStatus;
use crate::id::AccountId;
use crate::time::Timestamp;

/// A credential of a user for one service, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCredential {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its unique id, `ACCA…`.
    pub id: String,
    /// The unique id of the user it belongs to.
    pub user_id: String,
    /// The service it is for, for example `codecommit.amazonaws.com`.
    pub service: String,
    /// The name the service knows the user by; it stays when the user is renamed.
    pub service_user_name: String,
    /// Active or inactive.
    pub status: KeyStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if it ever does.
    pub expires_at: Option<Timestamp>,
}

/// The name a service knows a user by. A user's first is `alice-at-123456789012`, the next ones are counted.
pub fn service_user_name(user_name: &str, account: AccountId, nth: u64) -> String {
    match nth {
        0 => format!("{user_name}-at-{account}"),
        nth => format!("{user_name}+{nth}-at-{account}"),
    }
}
