//! ListGroupPolicies: the names of the inline policies of a group.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListGroupPoliciesRequest, ListGroupPoliciesResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::WantedPage;
use crate::page::PageRequest;

/// ListGroupPolicies. Source: IAM API reference, ListGroupPolicies.
pub struct ListGroupPolicies;

impl Operation for ListGroupPolicies {
    type Input = ListGroupPoliciesRequest;
    type Prepared = WantedPage;
    type Output = ListGroupPoliciesResponse;
    const NAME: &'static str = "ListGroupPolicies";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Group, &input.group_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<WantedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        WantedPage::read(cx, PrincipalKind::Group, &input.group_name, page)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &WantedPage) -> Result<ListGroupPoliciesResponse> {
        let page = wanted.list(tx, cx)?;
        Ok(ListGroupPoliciesResponse {
            policy_names: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
