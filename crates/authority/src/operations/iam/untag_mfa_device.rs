//! UntagMFADevice: takes tags off a device; a key that is not there is no error.

use keystead_aws::error::Result;
use keystead_aws::model::iam::UntagMFADeviceRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{mfa, tagging};

/// UntagMFADevice. Source: IAM API reference, UntagMFADevice.
pub struct UntagMfaDevice;

impl Operation for UntagMfaDevice {
    type Input = UntagMFADeviceRequest;
    type Prepared = UntagMFADeviceRequest;
    type Output = ();
    const NAME: &'static str = "UntagMFADevice";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(mfa::arn(cx.account(), &input.serial_number))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::untagging_keys(&input.tag_keys)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<UntagMFADeviceRequest> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &UntagMFADeviceRequest) -> Result<()> {
        let device = mfa::changeable(tx, cx, &wanted.serial_number)?;
        Ok(tx.tags().remove(cx.account(), &device.serial_number, &wanted.tag_keys)?)
    }
}
