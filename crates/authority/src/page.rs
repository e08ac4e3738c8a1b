//! Paging as IAM does it: an opaque marker, at most 1,000 items, 100 when not said.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystead_aws::error::{Fault, Result};

const DEFAULT_ITEMS: i64 = 100;

/// One page's worth of a list, and the marker of the next.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) marker: Option<String>,
}

/// How many items a request wants; the model's bounds were checked already.
pub(crate) fn size(max_items: Option<i64>) -> i64 {
    max_items.unwrap_or(DEFAULT_ITEMS)
}

/// The key a marker stands for.
pub(crate) fn open_marker(marker: Option<&str>) -> Result<Option<String>> {
    let Some(marker) = marker else { return Ok(None) };
    let key = URL_SAFE_NO_PAD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.map(Some).ok_or_else(|| Fault::ValidationError("Invalid Marker.".to_owned()))
}

impl<T> Page<T> {
    /// Cuts a list that was read one item too long, so that it tells whether there is more.
    pub(crate) fn cut(mut items: Vec<T>, size: i64, key: impl Fn(&T) -> String) -> Self {
        let size = usize::try_from(size).unwrap_or_default();
        let more = items.len() > size;
        items.truncate(size);
        let marker = items.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last)));
        Self { items, marker }
    }
}
