//! GetAccountProperties: none. Accounts here have no properties to set.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetAccountPropertiesRequest, GetAccountPropertiesResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// GetAccountProperties. Source: IAM API reference, GetAccountProperties.
pub struct GetAccountProperties;

impl Operation for GetAccountProperties {
    type Input = GetAccountPropertiesRequest;
    type Prepared = ();
    type Output = GetAccountPropertiesResponse;
    const NAME: &'static str = "GetAccountProperties";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, _: Self::Input) -> Result<()> {
        Ok(())
    }

    fn commit(_: &mut Tx<'_>, _: &Context, (): &()) -> Result<GetAccountPropertiesResponse> {
        Ok(GetAccountPropertiesResponse::default())
    }
}
