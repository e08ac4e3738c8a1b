//! GetAccessKeyInfo: the account a key belongs to, or else the one its id carries, whether or not the key
//! exists. The two differ where the key was made elsewhere and imported.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::sts::{GetAccessKeyInfoRequest, GetAccessKeyInfoResponse};
use keystead_core::{AccessKeyId, Arn};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// GetAccessKeyInfo. Source: STS API reference, GetAccessKeyInfo.
pub struct GetAccessKeyInfo;

impl Operation for GetAccessKeyInfo {
    type Input = GetAccessKeyInfoRequest;
    type Prepared = GetAccessKeyInfoResponse;
    type Output = GetAccessKeyInfoResponse;
    const NAME: &'static str = "GetAccessKeyInfo";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<GetAccessKeyInfoResponse> {
        let id = input.access_key_id.parse::<AccessKeyId>().ok();
        let account = id.and_then(|id| {
            let kept = cx.ring().find_key(id).map(|entry| entry.principal.account);
            kept.or_else(|| id.account())
        });
        let account = account.ok_or_else(|| Fault::ValidationError("Invalid Access Key.".to_owned()))?;
        Ok(GetAccessKeyInfoResponse { account: Some(account.to_string()) })
    }

    fn commit(
        _: &mut Tx<'_>,
        _: &Context,
        found: &GetAccessKeyInfoResponse,
    ) -> Result<GetAccessKeyInfoResponse> {
        Ok(found.clone())
    }
}
