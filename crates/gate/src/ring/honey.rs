//! Honey keys by id. They stand beside the access keys and not among them, so that whatever asks for a key finds none
//! and answers as for any id that is nobody's; only then is it looked whether it was one of these.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;
use keystead_core::{AccessKeyId, AccountId};

/// All honey keys.
#[derive(Default)]
pub(super) struct HoneyKeys(RwLock<HashMap<AccessKeyId, AccountId>>);

impl HoneyKeys {
    pub(super) fn find(&self, id: AccessKeyId) -> Option<AccountId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    pub(super) fn put(&self, id: AccessKeyId, account: AccountId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, account);
    }

    pub(super) fn remove(&self, id: AccessKeyId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
