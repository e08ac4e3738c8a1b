//! ListVirtualMFADevices: the devices of the account, with their owners and without their seeds.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{
    self, ListVirtualMFADevicesRequest, ListVirtualMFADevicesResponse, VirtualMFADevice,
};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;
use keystead_store::mfa_devices::MfaDevice;

use super::get_user;
use crate::page::PageRequest;

/// ListVirtualMFADevices. Source: IAM API reference, ListVirtualMFADevices.
pub struct ListVirtualMfaDevices;

/// Which devices, and which page.
pub struct Wanted {
    /// Somebody's, nobody's, or either.
    assigned: Option<bool>,
    page: PageRequest,
}

impl Operation for ListVirtualMfaDevices {
    type Input = ListVirtualMFADevicesRequest;
    type Prepared = Wanted;
    type Output = ListVirtualMFADevicesResponse;
    const NAME: &'static str = "ListVirtualMFADevices";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let assigned = match input.assignment_status.as_deref() {
            Some("Assigned") => Some(true),
            Some("Unassigned") => Some(false),
            _ => None,
        };
        Ok(Wanted { assigned, page: PageRequest::read(input.marker.as_deref(), input.max_items)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListVirtualMFADevicesResponse> {
        let Wanted { assigned, page } = wanted;
        let found = tx.mfa_devices().list(cx.account(), *assigned, page.after(), page.limit())?;
        let page = page.cut(found, |device| device.serial_number.clone());
        Ok(ListVirtualMFADevicesResponse {
            virtual_mfa_devices: page.items.into_iter().map(|device| shown(cx, device)).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}

/// AWS shows neither seed nor tags in this list.
fn shown(cx: &Context, device: MfaDevice) -> VirtualMFADevice {
    VirtualMFADevice {
        user: device.assignment.as_ref().and_then(|to| owner(cx, &to.owner_id)),
        enable_date: device.assignment.map(|to| to.enabled_at),
        serial_number: device.serial_number,
        ..Default::default()
    }
}

fn owner(cx: &Context, owner_id: &str) -> Option<iam::User> {
    let owner = cx.find_owner(owner_id)?;
    if owner.is_root() {
        return Some(get_user::root(&owner));
    }
    Some(iam::User {
        path: owner.path.to_string(),
        user_name: owner.name.to_string(),
        user_id: owner.id.to_string(),
        arn: owner.arn().to_string(),
        create_date: owner.created_at,
        ..Default::default()
    })
}
