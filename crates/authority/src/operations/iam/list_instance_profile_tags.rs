//! ListInstanceProfileTags: the tags of an instance profile by key.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListInstanceProfileTagsRequest, ListInstanceProfileTagsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::{instance_profile, tagging};

/// ListInstanceProfileTags. Source: IAM API reference, ListInstanceProfileTags.
pub struct ListInstanceProfileTags;

/// Which profile, and which page of its tags.
pub struct Wanted {
    name: String,
    page: PageRequest,
}

impl Operation for ListInstanceProfileTags {
    type Input = ListInstanceProfileTagsRequest;
    type Prepared = Wanted;
    type Output = ListInstanceProfileTagsResponse;
    const NAME: &'static str = "ListInstanceProfileTags";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        instance_profile::arn(cx, &input.instance_profile_name)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { name: input.instance_profile_name, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListInstanceProfileTagsResponse> {
        let profile = instance_profile::get(tx, cx, &wanted.name)?;
        let page = tagging::list(tx, cx, &profile.id, &wanted.page)?;
        Ok(ListInstanceProfileTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
