//! ResyncMFADevice: finds the clock of a user's device again, by two consecutive codes.

use keystead_aws::error::Result;
use keystead_aws::model::iam::ResyncMFADeviceRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::mfa::pair::{CheckedPair, GivenPair, Purpose};
use crate::shape;

/// ResyncMFADevice. Source: IAM API reference, ResyncMFADevice.
pub struct ResyncMfaDevice;

impl Operation for ResyncMfaDevice {
    type Input = ResyncMFADeviceRequest;
    type Prepared = CheckedPair;
    type Output = ();
    const NAME: &'static str = "ResyncMFADevice";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<CheckedPair> {
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        let codes = [input.authentication_code1, input.authentication_code2];
        let given = GivenPair { owner, serial_number: input.serial_number, codes };
        CheckedPair::check(cx, Purpose::Resync, given)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, pair: &CheckedPair) -> Result<()> {
        pair.resync(tx, cx)
    }
}
