//! Paging as IAM does it: an opaque marker, at most 1,000 items, 100 when not said.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystead_aws::error::{Fault, Result};
use keystead_gate::Context;
use keystead_gate::ring::Principal;

const DEFAULT_ITEMS: i64 = 100;

/// Which page of a list is wanted.
pub(crate) struct PageRequest {
    after: Option<String>,
    size: i64,
}

impl PageRequest {
    /// From the members that every list has; the model's bounds were checked already.
    pub(crate) fn read(marker: Option<&str>, max_items: Option<i64>) -> Result<Self> {
        let open = |marker: &str| {
            let key = URL_SAFE_NO_PAD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            key.ok_or_else(|| Fault::ValidationError("Invalid Marker.".to_owned()))
        };
        Ok(Self { after: marker.map(open).transpose()?, size: max_items.unwrap_or(DEFAULT_ITEMS) })
    }

    /// The key of the last item of the page before.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// How many to read: one too many, which tells whether there is more.
    pub(crate) fn limit(&self) -> i64 {
        self.size + 1
    }

    /// Cuts what was read by these two.
    pub(crate) fn cut<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> String) -> Page<T> {
        let size = usize::try_from(self.size).unwrap_or_default();
        let more = items.len() > size;
        items.truncate(size);
        let marker = items.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last)));
        Page { items, marker }
    }

    /// The page of a list that is short enough to be read whole.
    pub(crate) fn cut_whole<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> String) -> Page<T> {
        items.sort_by_cached_key(&key);
        items.retain(|item| self.after().is_none_or(|after| key(item).as_str() > after));
        self.cut(items, key)
    }
}

/// Whose things are wanted, and which page of them.
pub struct OwnedPage {
    pub(crate) owner: Arc<Principal>,
    pub(crate) page: PageRequest,
}

impl OwnedPage {
    /// Of the user of that name, or of the caller where none is given.
    pub(crate) fn read(
        cx: &Context,
        user_name: Option<&str>,
        marker: Option<&str>,
        max_items: Option<i64>,
    ) -> Result<Self> {
        Ok(Self { owner: cx.user_or_caller(user_name)?, page: PageRequest::read(marker, max_items)? })
    }
}

/// One page's worth of a list, and the marker of the next.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) marker: Option<String>,
}
