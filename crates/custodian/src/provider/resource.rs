//! Resources: what there is in a cloud account, and the kinds of it that a provider can list.

use std::borrow::Cow;

use super::{Outcome, Reach};

/// The longest id that is kept, in bytes; no cloud has any that long.
const ID_MAX: usize = 256;
/// The longest name, state or attribute that is kept, in characters.
const TEXT_MAX: usize = 1_024;
/// How much all attributes of a resource may come to, in bytes.
const ATTRIBUTES_MAX: usize = 7 * 1_024;

/// What use alone changes, so that it says nothing about a resource having been changed.
const RESTLESS: [&str; 4] =
    ["last_used_at", "last_used_region", "last_used_service", "password_last_used_at"];

/// A thing found at a cloud. Texts are the cloud's own, shortened and otherwise as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// What the cloud knows it by.
    pub id: String,
    /// What people call it; its id where they call it nothing.
    pub name: String,
    /// Its state, where it has one.
    pub state: Option<String>,
    /// What else is known of it, by name.
    pub attributes: Vec<(Cow<'static, str>, String)>,
}

impl Resource {
    /// A resource; `None` where the id is none.
    pub fn new(id: &str, name: Option<&str>, state: Option<&str>) -> Option<Self> {
        let id = kept(id);
        if id.is_empty() || id.len() > ID_MAX {
            return None;
        }
        let name = name.map(kept).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| id.clone());
        Some(Self { id, name, state: state.map(kept), attributes: Vec::new() })
    }

    /// With one more attribute, unless it has no value or there are too many already.
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        let name = name.into();
        let size = |(name, value): &(Cow<'_, str>, String)| name.len() + value.len();
        let so_far: usize = self.attributes.iter().map(size).sum();
        let new = so_far + name.len() + value.len().min(TEXT_MAX) <= ATTRIBUTES_MAX
            && !self.attributes.iter().any(|(known, _)| *known == name);
        if !value.is_empty() && new {
            self.attributes.push((name, kept(value)));
        }
        self
    }

    /// Whether an attribute of that name changes by mere use.
    pub fn is_restless(attribute: &str) -> bool {
        RESTLESS.contains(&attribute)
    }
}

/// A text as it is kept. No database takes a zero character.
fn kept(text: &str) -> String {
    let mut kept: String =
        text.chars().take(TEXT_MAX).map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(TEXT_MAX).is_some() {
        kept.push('…');
    }
    kept
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// What is on it.
    pub resources: Vec<Resource>,
    /// How many more things were on it that could not be kept: without an id, or beyond the most a page has.
    pub skipped: usize,
    /// How many calls it took.
    pub calls: u64,
    /// Where the next one begins; `None` at the end.
    pub next: Option<String>,
}

/// A kind of resource.
pub trait ResourceKind: Send + Sync {
    /// Its name, for example `instances`.
    fn name(&self) -> &'static str;

    /// Whether the account has it once and not by region.
    fn is_global(&self) -> bool;

    /// What listing it takes, as policies call it.
    fn actions(&self) -> Vec<String>;

    /// One page of what there is of it in a region, from `token` on.
    fn page(&self, reach: &Reach<'_>, region: &str, token: Option<&str>) -> Outcome<Page>;

    /// A page that has the one of that id if it is there. `None` where the cloud cannot be asked for one, so that
    /// all have to be listed.
    fn page_of_one(&self, _: &Reach<'_>, _region: &str, _id: &str) -> Option<Outcome<Page>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_kept_within_bounds_and_otherwise_as_it_came() {
        assert_eq!(Resource::new("", None, None), None);
        assert_eq!(Resource::new(&"x".repeat(ID_MAX + 1), None, None), None);
        let hostile = "<script>\u{1b}[31m\0";
        let mut resource = Resource::new("i-1", Some(hostile), Some("")).unwrap();
        assert_eq!(resource.name, "<script>\u{1b}[31m\u{fffd}");
        for number in 0..100 {
            resource = resource.with(format!("tag:{number}"), &"é".repeat(5_000));
        }
        assert_eq!(resource.attributes[0].1.chars().count(), TEXT_MAX + 1);
        let size: usize = resource.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!((1..=8 * 1_024).contains(&size), "{size}");
        assert_eq!(resource.clone().with("tag:0", "again"), resource);
    }
}
