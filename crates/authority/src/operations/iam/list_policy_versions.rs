//! ListPolicyVersions: the versions of a managed policy, the newest first, without their documents.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListPolicyVersionsRequest, ListPolicyVersionsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::managed_policy::{self, Described, Documents, version_shown};
use crate::page::PageRequest;

/// ListPolicyVersions. Source: IAM API reference, ListPolicyVersions; the order as recorded.
pub struct ListPolicyVersions;

/// Of which policy, and which page.
pub struct Wanted {
    arn: String,
    page: PageRequest,
}

impl Operation for ListPolicyVersions {
    type Input = ListPolicyVersionsRequest;
    type Prepared = Wanted;
    type Output = ListPolicyVersionsResponse;
    const NAME: &'static str = "ListPolicyVersions";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { arn: input.policy_arn, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListPolicyVersionsResponse> {
        let policy = Described::get(tx, cx, &wanted.arn)?;
        let versions = policy.versions(tx, cx.account())?;
        // Keys of pages ascend, and numbers of versions are to descend.
        let page = wanted.page.cut_whole(versions, |version| format!("{:019}", i64::MAX - version.number));
        let show = |version| version_shown(version, policy.default_version, Documents::LeftOut);
        Ok(ListPolicyVersionsResponse {
            versions: page.items.into_iter().map(show).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
