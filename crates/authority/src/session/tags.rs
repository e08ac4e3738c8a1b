//! The tags of a session: those of the request, and those it inherits from the session that asks for it.
//! Source: IAM user guide, "Pass session tags in AWS STS".

use std::collections::HashSet;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::sts::Tag;
use keystead_core::tag::fold_key;
use keystead_gate::Context;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::session::SessionTag;

/// How many tags a session may have.
const TAGS_MAX: usize = 50;

/// All tags of a session.
#[derive(Default)]
pub(crate) struct SessionTags(pub(crate) Vec<SessionTag>);

impl SessionTags {
    /// The tags of a request, and which of them go on to sessions made from this one.
    pub(crate) fn read(tags: Vec<Tag>, transitive_keys: &[String]) -> Result<Self> {
        let transitive: HashSet<String> = transitive_keys.iter().map(|key| fold_key(key)).collect();
        let mut keys = HashSet::new();
        for tag in &tags {
            let folded = fold_key(&tag.key);
            if folded.starts_with("aws:") {
                return Err(Fault::InvalidParameterValue(text::reserved_tag_key(&tag.key)));
            }
            if !keys.insert(folded) {
                return Err(Fault::InvalidParameterValue(text::DUPLICATE_TAG_KEYS.to_owned()));
            }
        }
        if !transitive.is_subset(&keys) {
            return Err(Fault::InvalidParameterValue(text::TRANSITIVE_TAG_NOT_REQUESTED.to_owned()));
        }
        let read = tags.into_iter().map(|Tag { key, value }| {
            let transitive = transitive.contains(&fold_key(&key));
            SessionTag { key, value, transitive }
        });
        Ok(Self(read.collect()))
    }

    /// With those that the caller's session hands on, none of which can be given anew.
    pub(crate) fn inherit(mut self, cx: &Context) -> Result<Self> {
        let inherited = cx.session().into_iter().flat_map(|session| &session.claims.tags);
        for tag in inherited.filter(|tag| tag.transitive) {
            if self.0.iter().any(|own| fold_key(&own.key) == fold_key(&tag.key)) {
                return Err(Fault::InvalidParameterValue(text::TRANSITIVE_TAG_CONFLICT.to_owned()));
            }
            self.0.push(tag.clone());
        }
        if self.0.len() > TAGS_MAX {
            return Err(Fault::InvalidParameterValue(text::TOO_MANY_TAGS.to_owned()));
        }
        Ok(self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What policies are told of them.
    pub(crate) fn context_keys(&self) -> ContextKeys {
        let tags = self.0.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
        let keys = ContextKeys::default().with_request_tags(tags);
        let transitive = self.0.iter().filter(|tag| tag.transitive).map(|tag| tag.key.clone());
        match transitive.collect::<Vec<_>>() {
            none if none.is_empty() => keys,
            transitive => keys.with_many("sts:TransitiveTagKeys", transitive),
        }
    }
}
