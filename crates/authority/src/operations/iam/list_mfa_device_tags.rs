//! ListMFADeviceTags: the tags of a device by key.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListMFADeviceTagsRequest, ListMFADeviceTagsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::{mfa, tagging};

/// ListMFADeviceTags. Source: IAM API reference, ListMFADeviceTags.
pub struct ListMfaDeviceTags;

/// Which device's tags, and which page.
pub struct Wanted {
    serial_number: String,
    page: PageRequest,
}

impl Operation for ListMfaDeviceTags {
    type Input = ListMFADeviceTagsRequest;
    type Prepared = Wanted;
    type Output = ListMFADeviceTagsResponse;
    const NAME: &'static str = "ListMFADeviceTags";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(mfa::arn(cx.account(), &input.serial_number))
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { serial_number: input.serial_number, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListMFADeviceTagsResponse> {
        let device = mfa::device(tx, cx.account(), &wanted.serial_number)?;
        let page = tagging::list(tx, cx, &device.serial_number, &wanted.page)?;
        Ok(ListMFADeviceTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
