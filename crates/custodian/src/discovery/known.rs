//! Resources as they are stored: their text for searches, and what stands for them when they are compared.

use keystead_core::Timestamp;
use keystead_store::cloud_resources::{CloudResource, Digest};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::provider::resource::Resource;

/// The longest text that is searched, in bytes.
const SEARCH_MAX: usize = 8 * 1_024;
/// How many members of one change are told, and how much of each value, in characters.
const MEMBERS_MAX: usize = 32;
const VALUE_MAX: usize = 200;

/// What is stored of a resource that was seen just now.
pub fn of(resource: Resource, kind: &str, region: &str, now: Timestamp) -> CloudResource {
    let mut search_text = [&resource.id, &resource.name, resource.state.as_deref().unwrap_or_default()]
        .into_iter()
        .chain(resource.attributes.iter().map(|(_, value)| value.as_str()))
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase();
    search_text.truncate(search_text.floor_char_boundary(SEARCH_MAX));
    let digest = Digest {
        whole: digest(&resource, |_| true),
        lasting: digest(&resource, |name| !Resource::is_restless(name)),
    };
    let attributes = resource.attributes.into_iter().map(|(name, value)| (name.into_owned(), value.into()));
    CloudResource {
        kind: kind.to_owned(),
        region: region.to_owned(),
        id: resource.id,
        name: resource.name,
        state: resource.state,
        attributes: Value::Object(attributes.collect()).to_string(),
        search_text,
        digest,
        first_seen_at: now,
        changed_at: now,
        seen_at: now,
    }
}

fn digest(resource: &Resource, counts: impl Fn(&str) -> bool) -> i64 {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    };
    part(&resource.name);
    part(resource.state.as_deref().unwrap_or_default());
    for (name, value) in resource.attributes.iter().filter(|(name, _)| counts(name)) {
        part(name);
        part(value);
    }
    let digest = hasher.finalize();
    digest.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

/// What is another than before, member by member, JSON.
pub fn changed_members(before: &CloudResource, after: &CloudResource) -> String {
    let (old, new) = (members(before), members(after));
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let changed = names.filter(|name| old.get(*name) != new.get(*name) && !Resource::is_restless(name));
    let told = |name: &String| {
        let value = |of: &Map<String, Value>| of.get(name).and_then(Value::as_str).map(shortened);
        (name.clone(), json!([value(&old), value(&new)]))
    };
    Value::Object(changed.take(MEMBERS_MAX).map(told).collect()).to_string()
}

fn members(resource: &CloudResource) -> Map<String, Value> {
    let mut members = attributes(resource);
    members.insert("name".to_owned(), resource.name.clone().into());
    if let Some(state) = &resource.state {
        members.insert("state".to_owned(), state.clone().into());
    }
    members
}

/// The attributes of a stored resource.
pub fn attributes(resource: &CloudResource) -> Map<String, Value> {
    serde_json::from_str(&resource.attributes).unwrap_or_default()
}

fn shortened(text: &str) -> String {
    text.chars().take(VALUE_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(state: &str, last_used: &str) -> CloudResource {
        let resource = Resource::new("AKIA1", Some("Ann"), Some(state)).unwrap();
        let resource = resource.with("user", "Ann").with("last_used_at", last_used);
        of(resource, "access_keys", "global", Timestamp::from_secs(1))
    }

    #[test]
    fn what_use_alone_changes_is_stored_and_is_no_change() {
        let (one, used, inactive) =
            (seen("Active", "2026-01-01"), seen("Active", "2026-01-02"), seen("Inactive", ""));
        assert_eq!(one.digest, seen("Active", "2026-01-01").digest);
        assert_ne!(one.digest.whole, used.digest.whole);
        assert_eq!(one.digest.lasting, used.digest.lasting);
        assert_ne!(one.digest.lasting, inactive.digest.lasting);
        assert_eq!(changed_members(&one, &used), "{}");
        assert_eq!(changed_members(&one, &inactive), r#"{"state":["Active","Inactive"]}"#);
    }

    #[test]
    fn everything_but_the_names_of_attributes_is_searched_in_lower_case() {
        let resource = Resource::new("i-1", Some("ÄB"), None).unwrap().with("vpc_id", "VPC-9");
        let stored = of(resource, "instances", "eu-west-1", Timestamp::from_secs(1));
        assert_eq!(stored.search_text, "i-1\näb\n\nvpc-9");
        assert_eq!(stored.attributes, r#"{"vpc_id":"VPC-9"}"#);
    }
}
