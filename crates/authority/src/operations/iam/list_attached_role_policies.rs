//! ListAttachedRolePolicies: the managed policies attached to a role.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::attached_policies::WantedPage;
use crate::grantee;
use crate::page::PageRequest;

/// ListAttachedRolePolicies. Source: IAM API reference, ListAttachedRolePolicies.
pub struct ListAttachedRolePolicies;

impl Operation for ListAttachedRolePolicies {
    type Input = ListAttachedRolePoliciesRequest;
    type Prepared = WantedPage;
    type Output = ListAttachedRolePoliciesResponse;
    const NAME: &'static str = "ListAttachedRolePolicies";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Role, &input.role_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<WantedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        WantedPage::read(cx, PrincipalKind::Role, &input.role_name, input.path_prefix, page)
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &WantedPage,
    ) -> Result<ListAttachedRolePoliciesResponse> {
        let page = wanted.list(tx, cx)?;
        Ok(ListAttachedRolePoliciesResponse {
            attached_policies: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
