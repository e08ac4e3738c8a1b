//! ListAttachedGroupPolicies: the managed policies attached to a group.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListAttachedGroupPoliciesRequest, ListAttachedGroupPoliciesResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::attached_policies::WantedPage;
use crate::grantee;
use crate::page::PageRequest;

/// ListAttachedGroupPolicies. Source: IAM API reference, ListAttachedGroupPolicies.
pub struct ListAttachedGroupPolicies;

impl Operation for ListAttachedGroupPolicies {
    type Input = ListAttachedGroupPoliciesRequest;
    type Prepared = WantedPage;
    type Output = ListAttachedGroupPoliciesResponse;
    const NAME: &'static str = "ListAttachedGroupPolicies";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Group, &input.group_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<WantedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        WantedPage::read(cx, PrincipalKind::Group, &input.group_name, input.path_prefix, page)
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &WantedPage,
    ) -> Result<ListAttachedGroupPoliciesResponse> {
        let page = wanted.list(tx, cx)?;
        Ok(ListAttachedGroupPoliciesResponse {
            attached_policies: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
