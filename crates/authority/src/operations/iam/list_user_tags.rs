//! ListUserTags: the tags of a user by key.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListUserTagsRequest, ListUserTagsResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::{shape, tagging};

/// ListUserTags. Source: IAM API reference, ListUserTags.
pub struct ListUserTags;

/// Whose tags, and which page.
pub struct Wanted {
    user: Arc<Principal>,
    page: PageRequest,
}

impl Operation for ListUserTags {
    type Input = ListUserTagsRequest;
    type Prepared = Wanted;
    type Output = ListUserTagsResponse;
    const NAME: &'static str = "ListUserTags";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { user: cx.user_or_caller(Some(&input.user_name))?, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListUserTagsResponse> {
        let page = tagging::list(tx, cx, &wanted.user.id.to_string(), &wanted.page)?;
        Ok(ListUserTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
