//! ListAttachedUserPolicies: the managed policies attached to a user.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::attached_policies::WantedPage;
use crate::grantee;
use crate::page::PageRequest;

/// ListAttachedUserPolicies. Source: IAM API reference, ListAttachedUserPolicies.
pub struct ListAttachedUserPolicies;

impl Operation for ListAttachedUserPolicies {
    type Input = ListAttachedUserPoliciesRequest;
    type Prepared = WantedPage;
    type Output = ListAttachedUserPoliciesResponse;
    const NAME: &'static str = "ListAttachedUserPolicies";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::User, &input.user_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<WantedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        WantedPage::read(cx, PrincipalKind::User, &input.user_name, input.path_prefix, page)
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &WantedPage,
    ) -> Result<ListAttachedUserPoliciesResponse> {
        let page = wanted.list(tx, cx)?;
        Ok(ListAttachedUserPoliciesResponse {
            attached_policies: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
