//! Tags: a key and a value on a resource.

/// A tag. Keys are unique on a resource without regard to case, and keep the case they were given in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// At most 256 characters; may be empty.
    pub value: String,
}

impl Tag {
    /// The key as it is compared.
    pub fn folded_key(&self) -> String {
        fold_key(&self.key)
    }
}

/// A tag key as it is compared.
pub fn fold_key(key: &str) -> String {
    key.to_lowercase()
}
