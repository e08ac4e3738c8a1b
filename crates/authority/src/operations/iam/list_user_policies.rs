//! ListUserPolicies: the names of the inline policies of a user.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListUserPoliciesRequest, ListUserPoliciesResponse};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::WantedPage;
use crate::page::PageRequest;

/// ListUserPolicies. Source: IAM API reference, ListUserPolicies.
pub struct ListUserPolicies;

impl Operation for ListUserPolicies {
    type Input = ListUserPoliciesRequest;
    type Prepared = WantedPage;
    type Output = ListUserPoliciesResponse;
    const NAME: &'static str = "ListUserPolicies";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::User, &input.user_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<WantedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        WantedPage::read(cx, PrincipalKind::User, &input.user_name, page)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &WantedPage) -> Result<ListUserPoliciesResponse> {
        let page = wanted.list(tx, cx)?;
        Ok(ListUserPoliciesResponse {
            policy_names: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
