//! EnableMFADevice: gives a virtual device to a user, who shows two consecutive codes of it.

use keystead_aws::error::Result;
use keystead_aws::model::iam::EnableMFADeviceRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::mfa::pair::{CheckedPair, GivenPair, Purpose};
use crate::shape;

/// EnableMFADevice. Source: IAM API reference, EnableMFADevice.
pub struct EnableMfaDevice;

impl Operation for EnableMfaDevice {
    type Input = EnableMFADeviceRequest;
    type Prepared = CheckedPair;
    type Output = ();
    const NAME: &'static str = "EnableMFADevice";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<CheckedPair> {
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        let codes = [input.authentication_code1, input.authentication_code2];
        let given = GivenPair { owner, serial_number: input.serial_number, codes };
        CheckedPair::check(cx, Purpose::Enable, given)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, pair: &CheckedPair) -> Result<()> {
        pair.enable(tx, cx)
    }
}
