//! Until when the sessions of a user, role or access key are refused.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;
use keystead_core::{AccountId, Timestamp};

/// All revocations.
#[derive(Default)]
pub(super) struct Revocations(RwLock<HashMap<(AccountId, Box<str>), Timestamp>>);

impl Revocations {
    /// Whether a session of this subject made at `issued_at` was revoked.
    pub(super) fn covers(&self, account: AccountId, subject: &str, issued_at: Timestamp) -> bool {
        let revocations = self.0.read().unwrap_or_else(PoisonError::into_inner);
        revocations.get(&(account, subject.into())).is_some_and(|before| issued_at <= *before)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(super) fn put(&self, account: AccountId, subject: &str, before: Timestamp) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert((account, subject.into()), before);
    }
}
