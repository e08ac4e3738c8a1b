//! ListMFADevices: the devices of a user, or of the caller.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListMFADevicesRequest, ListMFADevicesResponse, MFADevice};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::OwnedPage;
use crate::shape;

/// ListMFADevices. Source: IAM API reference, ListMFADevices.
pub struct ListMfaDevices;

impl Operation for ListMfaDevices {
    type Input = ListMFADevicesRequest;
    type Prepared = OwnedPage;
    type Output = ListMFADevicesResponse;
    const NAME: &'static str = "ListMFADevices";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        OwnedPage::read(cx, input.user_name.as_deref(), input.marker.as_deref(), input.max_items)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &OwnedPage) -> Result<ListMFADevicesResponse> {
        let owner_id = wanted.owner.id.to_string();
        let virtual_ones = tx.mfa_devices().list_by_owner(cx.account(), &owner_id)?;
        let passkeys = tx.passkeys().list_by_owner(cx.account(), &owner_id)?;
        let devices = virtual_ones
            .into_iter()
            .map(|device| {
                (device.serial_number, device.assignment.map(|to| to.enabled_at).unwrap_or_default())
            })
            .chain(passkeys.into_iter().map(|passkey| (passkey.serial_number, passkey.enabled_at)));
        let page = wanted.page.cut_whole(devices.collect(), |(serial_number, _)| serial_number.clone());
        let devices = page.items.into_iter().map(|(serial_number, enable_date)| MFADevice {
            user_name: shape::user_name(&wanted.owner).unwrap_or_default(),
            serial_number,
            enable_date,
        });
        Ok(ListMFADevicesResponse {
            mfa_devices: devices.collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
