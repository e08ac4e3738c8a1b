//! ListDelegationRequests: none. Nobody can make one here.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListDelegationRequestsRequest, ListDelegationRequestsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// ListDelegationRequests. Source: IAM API reference, ListDelegationRequests.
pub struct ListDelegationRequests;

impl Operation for ListDelegationRequests {
    type Input = ListDelegationRequestsRequest;
    type Prepared = ();
    type Output = ListDelegationRequestsResponse;
    const NAME: &'static str = "ListDelegationRequests";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, _: Self::Input) -> Result<()> {
        Ok(())
    }

    fn commit(_: &mut Tx<'_>, _: &Context, (): &()) -> Result<ListDelegationRequestsResponse> {
        Ok(ListDelegationRequestsResponse::default())
    }
}
