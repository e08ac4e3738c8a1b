//! ListRoleTags: the tags of a role by key.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListRoleTagsRequest, ListRoleTagsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::{OwnedPage, PageRequest};
use crate::{role, tagging};

/// ListRoleTags. Source: IAM API reference, ListRoleTags.
pub struct ListRoleTags;

impl Operation for ListRoleTags {
    type Input = ListRoleTagsRequest;
    type Prepared = OwnedPage;
    type Output = ListRoleTagsResponse;
    const NAME: &'static str = "ListRoleTags";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(OwnedPage { owner: role::find(cx, &input.role_name)?, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &OwnedPage) -> Result<ListRoleTagsResponse> {
        let page = tagging::list(tx, cx, &wanted.owner.id.to_string(), &wanted.page)?;
        Ok(ListRoleTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
