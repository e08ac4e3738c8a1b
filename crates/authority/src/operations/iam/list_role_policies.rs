//! ListRolePolicies: the names of the inline policies of a role.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListRolePoliciesRequest, ListRolePoliciesResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::WantedPage;
use crate::page::PageRequest;

/// ListRolePolicies. Source: IAM API reference, ListRolePolicies.
pub struct ListRolePolicies;

impl Operation for ListRolePolicies {
    type Input = ListRolePoliciesRequest;
    type Prepared = WantedPage;
    type Output = ListRolePoliciesResponse;
    const NAME: &'static str = "ListRolePolicies";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Role, &input.role_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<WantedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        WantedPage::read(cx, PrincipalKind::Role, &input.role_name, page)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &WantedPage) -> Result<ListRolePoliciesResponse> {
        let page = wanted.list(tx, cx)?;
        Ok(ListRolePoliciesResponse {
            policy_names: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
