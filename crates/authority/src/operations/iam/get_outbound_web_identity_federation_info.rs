//! GetOutboundWebIdentityFederationInfo: the address of the issuer that the account is.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::GetOutboundWebIdentityFederationInfoResponse;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::issuer;

/// GetOutboundWebIdentityFederationInfo. Source: IAM API reference, GetOutboundWebIdentityFederationInfo.
pub struct GetOutboundWebIdentityFederationInfo;

impl Operation for GetOutboundWebIdentityFederationInfo {
    type Input = ();
    type Prepared = ();
    type Output = GetOutboundWebIdentityFederationInfoResponse;
    const NAME: &'static str = "GetOutboundWebIdentityFederationInfo";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, (): &()) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, (): ()) -> Result<()> {
        Ok(())
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        (): &(),
    ) -> Result<GetOutboundWebIdentityFederationInfoResponse> {
        let issuer = tx.issuers().find(cx.account())?;
        let issuer = issuer.filter(|issuer| issuer.enabled).ok_or(Fault::FeatureDisabled)?;
        Ok(GetOutboundWebIdentityFederationInfoResponse {
            issuer_identifier: Some(issuer::address(cx.gate().origin(), &issuer.id)),
            jwt_vending_enabled: Some(true),
        })
    }
}
