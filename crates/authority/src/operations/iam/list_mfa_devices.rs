//! ListMFADevices: the devices of a user, or of the caller.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListMFADevicesRequest, ListMFADevicesResponse, MFADevice};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::shape;

/// ListMFADevices. Source: IAM API reference, ListMFADevices.
pub struct ListMfaDevices;

/// Whose devices, and which page.
pub struct Wanted {
    owner: Arc<Principal>,
    page: PageRequest,
}

impl Operation for ListMfaDevices {
    type Input = ListMFADevicesRequest;
    type Prepared = Wanted;
    type Output = ListMFADevicesResponse;
    const NAME: &'static str = "ListMFADevices";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            owner: cx.user_or_caller(input.user_name.as_deref())?,
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListMFADevicesResponse> {
        let devices = tx.mfa_devices().list_by_owner(cx.account(), &wanted.owner.id.to_string())?;
        let page = wanted.page.cut_whole(devices, |device| device.serial_number.clone());
        let devices = page.items.into_iter().map(|device| MFADevice {
            user_name: shape::user_name(&wanted.owner).unwrap_or_default(),
            serial_number: device.serial_number,
            enable_date: device.assignment.map(|to| to.enabled_at).unwrap_or_default(),
        });
        Ok(ListMFADevicesResponse {
            mfa_devices: devices.collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
