//! ListPolicyTags: the tags of a managed policy; those that every account has have none.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListPolicyTagsRequest, ListPolicyTagsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::managed_policy::{self, Described};
use crate::page::PageRequest;
use crate::tagging;

/// ListPolicyTags. Source: IAM API reference, ListPolicyTags.
pub struct ListPolicyTags;

/// Of which policy, and which page.
pub struct Wanted {
    arn: String,
    page: PageRequest,
}

impl Operation for ListPolicyTags {
    type Input = ListPolicyTagsRequest;
    type Prepared = Wanted;
    type Output = ListPolicyTagsResponse;
    const NAME: &'static str = "ListPolicyTags";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { arn: input.policy_arn, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListPolicyTagsResponse> {
        let policy = Described::get(tx, cx, &wanted.arn)?;
        let page = tagging::list(tx, cx, &policy.id, &wanted.page)?;
        Ok(ListPolicyTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
