//! DeleteVirtualMFADevice: a device that is nobody's, gone with its seed.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteVirtualMFADeviceRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::mfa;

/// DeleteVirtualMFADevice. Source: IAM API reference, DeleteVirtualMFADevice.
pub struct DeleteVirtualMfaDevice;

impl Operation for DeleteVirtualMfaDevice {
    type Input = DeleteVirtualMFADeviceRequest;
    type Prepared = String;
    type Output = ();
    const NAME: &'static str = "DeleteVirtualMFADevice";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(mfa::arn(cx.account(), &input.serial_number))
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        Ok(input.serial_number)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, serial_number: &String) -> Result<()> {
        mfa::changeable(tx, cx, serial_number)?;
        if !tx.mfa_devices().delete(cx.account(), serial_number)? {
            return Err(Fault::DeleteConflict(text::MFA_DEVICE_ASSIGNED.to_owned()));
        }
        Ok(tx.tags().clear(cx.account(), serial_number)?)
    }
}
