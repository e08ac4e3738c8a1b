//! Sessions whose tokens were opened lately, so that a token is opened once and not with every request.
//!
//! Only tokens that opened are kept, so strangers cannot fill the cache; whether a session has ended is asked
//! at every use and never kept.

use std::sync::Arc;

use keystead_core::AccessKeyId;
use keystead_store::Sealer;

use crate::session::Session;

/// How many are kept: each is about two kilobytes.
const CAPACITY: usize = 20_000;

/// The bounded cache.
pub(super) struct Sessions(quick_cache::sync::Cache<Box<str>, Arc<Session>>);

impl Default for Sessions {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(CAPACITY))
    }
}

impl Sessions {
    /// The session of a key and its token.
    pub(super) fn open(&self, id: AccessKeyId, token: &str, sealer: &Sealer) -> Option<Arc<Session>> {
        if let Some(known) = self.0.get(token) {
            return (known.access_key_id == id).then_some(known);
        }
        let session = Arc::new(Session::open(id, token, sealer)?);
        self.0.insert(token.into(), Arc::clone(&session));
        Some(session)
    }
}
