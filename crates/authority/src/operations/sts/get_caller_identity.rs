//! GetCallerIdentity: who am I. Needs no permission, and no policy can forbid it.

use keystead_aws::error::Result;
use keystead_aws::model::sts::{GetCallerIdentityRequest, GetCallerIdentityResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// GetCallerIdentity. Source: STS API reference, GetCallerIdentity.
pub struct GetCallerIdentity;

impl Operation for GetCallerIdentity {
    type Input = GetCallerIdentityRequest;
    type Prepared = GetCallerIdentityResponse;
    type Output = GetCallerIdentityResponse;
    const NAME: &'static str = "GetCallerIdentity";
    const KIND: Kind = Kind::Read;
    const NEEDS_PERMISSION: bool = false;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(cx: &Context, _: Self::Input) -> Result<GetCallerIdentityResponse> {
        let principal = cx.principal()?;
        Ok(GetCallerIdentityResponse {
            user_id: Some(
                cx.session().map_or_else(|| principal.id.to_string(), |session| session.user_id(principal)),
            ),
            account: Some(principal.account.to_string()),
            arn: Some(cx.caller.arn().to_string()),
        })
    }

    fn commit(
        _: &mut Tx<'_>,
        _: &Context,
        identity: &GetCallerIdentityResponse,
    ) -> Result<GetCallerIdentityResponse> {
        Ok(identity.clone())
    }
}
