//! ListUserTags: the tags of a user by key.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListUserTagsRequest, ListUserTagsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::OwnedPage;
use crate::{shape, tagging};

/// ListUserTags. Source: IAM API reference, ListUserTags.
pub struct ListUserTags;

impl Operation for ListUserTags {
    type Input = ListUserTagsRequest;
    type Prepared = OwnedPage;
    type Output = ListUserTagsResponse;
    const NAME: &'static str = "ListUserTags";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        OwnedPage::read(cx, Some(&input.user_name), input.marker.as_deref(), input.max_items)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &OwnedPage) -> Result<ListUserTagsResponse> {
        let page = tagging::list(tx, cx, &wanted.owner.id.to_string(), &wanted.page)?;
        Ok(ListUserTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
