//! DeactivateMFADevice: takes a device from its owner. A virtual one stays, with its seed, and can be given to somebody
//! again; a passkey is forgotten.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeactivateMFADeviceRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{mfa, shape};

/// DeactivateMFADevice. Source: IAM API reference, DeactivateMFADevice.
pub struct DeactivateMfaDevice;

/// Which device of whom.
pub struct Wanted {
    owner: Arc<Principal>,
    serial_number: String,
}

impl Operation for DeactivateMfaDevice {
    type Input = DeactivateMFADeviceRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "DeactivateMFADevice";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        Ok(Wanted { owner, serial_number: input.serial_number })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { owner, serial_number } = wanted;
        shape::lock_owner(tx, cx, owner)?;
        let owner_id = owner.id.to_string();
        if tx.mfa_devices().unassign(cx.account(), serial_number, &owner_id)?
            || tx.passkeys().delete(cx.account(), serial_number, &owner_id)?
        {
            return Ok(());
        }
        Err(mfa::not_found(serial_number))
    }
}
