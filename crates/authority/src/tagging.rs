//! Tags as IAM takes and shows them: unique by key without regard to case, at most fifty on a resource.

use std::collections::HashSet;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::tag::fold_key;
use keystead_core::{Arn, Quota, Tag};
use keystead_gate::Context;
use keystead_gate::authorize::ContextKeys;
use keystead_store::Tx;

use crate::page::{Page, PageRequest};

/// What AWS keeps for its own tags.
const RESERVED: &str = "aws:";

/// The tags of a request. The model's bounds on keys, values and their number were checked already.
pub(crate) fn read(tags: Vec<iam::Tag>) -> Result<Vec<Tag>> {
    read_or(tags, text::DUPLICATE_TAG_KEYS)
}

/// The tags of a request about a managed policy, of which AWS says less.
pub(crate) fn read_of_policy(tags: Vec<iam::Tag>) -> Result<Vec<Tag>> {
    read_or(tags, text::DUPLICATE_POLICY_TAG_KEYS)
}

fn read_or(tags: Vec<iam::Tag>, duplicate: &str) -> Result<Vec<Tag>> {
    let mut keys = HashSet::new();
    for tag in &tags {
        let folded = fold_key(&tag.key);
        if folded.starts_with(RESERVED) {
            return Err(Fault::InvalidInput(text::reserved_tag_key(&tag.key)));
        }
        if !keys.insert(folded) {
            return Err(Fault::InvalidInput(duplicate.to_owned()));
        }
    }
    Ok(tags.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect())
}

/// What policies are told of the tags in a request.
pub(crate) fn keys_of_request(tags: &[iam::Tag]) -> ContextKeys {
    ContextKeys::default().with_request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}

/// Asks whether a thing may be tagged that is being made with tags; without tags nothing is asked.
pub(crate) fn authorize(cx: &Context, action: &str, resource: &Arn, tags: &[iam::Tag]) -> Result<()> {
    if tags.is_empty() { Ok(()) } else { cx.authorize(action, resource, &keys_of_request(tags)) }
}

/// What policies are told of the tags that a request takes away.
pub(crate) fn untagging_keys(tag_keys: &[String]) -> ContextKeys {
    ContextKeys::default().with_many("aws:TagKeys", tag_keys.to_vec())
}

/// Puts tags on a resource, which the caller has locked.
pub(crate) fn put(tx: &mut Tx<'_>, cx: &Context, resource: &str, tags: &[Tag]) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    tx.tags().put(cx.account(), resource, tags)?;
    cx.check_quota(Quota::Tags, all(tx, cx, resource)?.len() as u64)
}

/// All tags of a resource.
pub(crate) fn all(tx: &mut Tx<'_>, cx: &Context, resource: &str) -> Result<Vec<iam::Tag>> {
    Ok(tx.tags().list(cx.account(), resource, None, i64::MAX)?.into_iter().map(shown).collect())
}

/// A page of the tags of a resource, by key.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    cx: &Context,
    resource: &str,
    page: &PageRequest,
) -> Result<Page<iam::Tag>> {
    let tags = tx.tags().list(cx.account(), resource, page.after(), page.limit())?;
    Ok(page.cut(tags.into_iter().map(shown).collect(), |tag: &iam::Tag| fold_key(&tag.key)))
}

/// A tag as it is shown.
pub(crate) fn shown(tag: Tag) -> iam::Tag {
    iam::Tag { key: tag.key, value: tag.value }
}
