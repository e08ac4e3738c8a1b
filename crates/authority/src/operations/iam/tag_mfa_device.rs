//! TagMFADevice: puts tags on a device; one whose key is there already is replaced.

use keystead_aws::error::Result;
use keystead_aws::model::iam::TagMFADeviceRequest;
use keystead_core::{Arn, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{mfa, tagging};

/// TagMFADevice. Source: IAM API reference, TagMFADevice.
pub struct TagMfaDevice;

/// Which device, and the tags it will have besides those it has.
pub struct Wanted {
    serial_number: String,
    tags: Vec<Tag>,
}

impl Operation for TagMfaDevice {
    type Input = TagMFADeviceRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "TagMFADevice";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(mfa::arn(cx.account(), &input.serial_number))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { serial_number: input.serial_number, tags: tagging::read(input.tags)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let device = mfa::changeable(tx, cx, &wanted.serial_number)?;
        tagging::put(tx, cx, &device.serial_number, &wanted.tags)
    }
}
