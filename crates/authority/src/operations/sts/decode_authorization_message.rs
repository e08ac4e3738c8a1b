//! DecodeAuthorizationMessage: what a denial rested on, for an account's own who may know it.

use keystead_aws::error::Result;
use keystead_aws::model::sts::{DecodeAuthorizationMessageRequest, DecodeAuthorizationMessageResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, denial};
use keystead_store::Tx;

/// DecodeAuthorizationMessage. Source: STS API reference, DecodeAuthorizationMessage.
pub struct DecodeAuthorizationMessage;

impl Operation for DecodeAuthorizationMessage {
    type Input = DecodeAuthorizationMessageRequest;
    type Prepared = DecodeAuthorizationMessageResponse;
    type Output = DecodeAuthorizationMessageResponse;
    const NAME: &'static str = "DecodeAuthorizationMessage";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<DecodeAuthorizationMessageResponse> {
        let decoded_message = Some(denial::decode(cx, &input.encoded_message)?);
        Ok(DecodeAuthorizationMessageResponse { decoded_message })
    }

    fn commit(
        _: &mut Tx<'_>,
        _: &Context,
        decoded: &DecodeAuthorizationMessageResponse,
    ) -> Result<DecodeAuthorizationMessageResponse> {
        Ok(decoded.clone())
    }
}
