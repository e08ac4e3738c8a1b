//! ResyncRootMFADevice: finds the clock of the root user's device again. Only the root user itself may.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;

use crate::mfa::pair::{CheckedPair, Purpose};
use crate::mfa::root::{Input, Output};

/// ResyncRootMFADevice.
pub struct ResyncRootMfaDevice;

impl Operation for ResyncRootMfaDevice {
    type Input = Input;
    type Prepared = CheckedPair;
    type Output = Output;
    const NAME: &'static str = "ResyncRootMFADevice";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::root(cx.account()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<CheckedPair> {
        input.check(cx, Purpose::Resync)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, pair: &CheckedPair) -> Result<Output> {
        pair.resync(tx, cx)?;
        Ok(Output::of(pair))
    }
}

impl RestOperation for ResyncRootMfaDevice {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/root/mfa-devices/resync" };
}
