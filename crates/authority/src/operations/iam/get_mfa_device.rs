//! GetMFADevice: one device of a user, or of the caller.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetMFADeviceRequest, GetMFADeviceResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{mfa, shape};

/// GetMFADevice. Source: IAM API reference, GetMFADevice.
pub struct GetMfaDevice;

/// Which device of whom.
pub struct Wanted {
    owner: Arc<Principal>,
    serial_number: String,
}

impl Operation for GetMfaDevice {
    type Input = GetMFADeviceRequest;
    type Prepared = Wanted;
    type Output = GetMFADeviceResponse;
    const NAME: &'static str = "GetMFADevice";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        Ok(Wanted { owner, serial_number: input.serial_number })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<GetMFADeviceResponse> {
        let Wanted { owner, serial_number } = wanted;
        let passkeys = tx.passkeys().list_by_owner(cx.account(), &owner.id.to_string())?;
        if let Some(passkey) = passkeys.into_iter().find(|one| one.serial_number == *serial_number) {
            return Ok(GetMFADeviceResponse {
                user_name: shape::user_name(owner),
                serial_number: passkey.serial_number,
                enable_date: Some(passkey.enabled_at),
                ..Default::default()
            });
        }
        let device = mfa::device(tx, cx.account(), serial_number)?;
        let to = device.assignment.filter(|to| to.owner_id == owner.id.to_string());
        let to = to.ok_or_else(|| mfa::not_found(serial_number))?;
        Ok(GetMFADeviceResponse {
            user_name: shape::user_name(owner),
            serial_number: device.serial_number,
            enable_date: Some(to.enabled_at),
            ..Default::default()
        })
    }
}
