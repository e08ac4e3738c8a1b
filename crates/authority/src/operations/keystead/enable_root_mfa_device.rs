//! EnableRootMFADevice: gives a virtual device to the root user, which IAM's EnableMFADevice cannot name. Only the root user itself may.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;

use crate::mfa::pair::{CheckedPair, Purpose};
use crate::mfa::root::{Input, Output};

/// EnableRootMFADevice.
pub struct EnableRootMfaDevice;

impl Operation for EnableRootMfaDevice {
    type Input = Input;
    type Prepared = CheckedPair;
    type Output = Output;
    const NAME: &'static str = "EnableRootMFADevice";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::root(cx.account()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<CheckedPair> {
        input.check(cx, Purpose::Enable)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, pair: &CheckedPair) -> Result<Output> {
        pair.enable(tx, cx)?;
        Ok(Output::of(pair))
    }
}

impl RestOperation for EnableRootMfaDevice {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/root/mfa-devices" };
}
